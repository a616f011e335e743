import { expect, test } from '@jest/globals';
import { shareOf } from './share.ts';

// Written down, because another hash would show every customer another of two equal maps.
test.each([
  ['default/ann', 'map-1', 3808541952],
  ['default/ann', 'map-2', 1977679311],
  ['default/bob', 'map-1', 1105121487],
  ['acme/2c0c2c1e-6a1b-4c57-9d0a-0c6e9d9f9f11', 'help-with-checkout', 2557182033],
])('the share of %s and %s is %d', (customerKey, actionMapId, share) => {
  expect(shareOf(customerKey, actionMapId)).toBe(share);
});

/** How many of the customers each map wins. */
function winsOf(maps: readonly string[], customers: number): readonly number[] {
  const wins = maps.map(() => 0);
  for (let customer = 0; customer < customers; customer += 1) {
    const shares = maps.map((map) => shareOf(`default/customer-${customer}`, map));
    const first = shares.indexOf(Math.max(...shares));
    wins[first] = (wins[first] ?? 0) + 1;
  }
  return wins;
}

test.each([2, 3, 10])('%d maps share the customers equally, within five standard deviations', (count) => {
  const customers = 10_000;
  const maps = Array.from({ length: count }, (_, index) => `map-${index}`);
  const expected = customers / count;
  const deviation = Math.sqrt(expected * (1 - 1 / count));
  const far = winsOf(maps, customers).filter((wins) => Math.abs(wins - expected) > 5 * deviation);
  expect(far).toEqual([]);
});
