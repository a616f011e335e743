import { expect, test } from '@jest/globals';
import type { TenantCounts } from '@offerlock/standalone';
import { accountOf, differenceOf, isMistake } from './account.ts';

function counted(outcomes: Readonly<Record<string, number>>): TenantCounts {
  return { outcomes, deadLetters: {}, metrics: {}, steps: {} };
}

function partition(committed: number, end: number, countedFrom = 0) {
  return {
    partition: 0,
    start: '0',
    end: String(end),
    committed: String(committed),
    countedFrom: String(countedFrom),
    status: 'claimed' as const,
    problem: null,
  };
}

test('the account has what is folded, what became of it, and what waits', () => {
  const overview = {
    partitions: [partition(5, 9), partition(3, 3)],
    tenants: { shop: counted({ applied: 5, refused: 1 }), demo: counted({ unreadable: 2 }) },
  };
  expect(accountOf(overview)).toEqual({ folded: 8, accounted: 8, lag: 4 });
});

test('records that came with an import are in no count', () => {
  const overview = {
    partitions: [partition(1_005, 1_009, 1_000)],
    tenants: { shop: counted({ applied: 5 }) },
  };
  expect(accountOf(overview)).toEqual({ folded: 5, accounted: 5, lag: 4 });
});

test('a missing record shows once it stays missing', () => {
  const overview = { partitions: [partition(5, 5)], tenants: { shop: counted({ applied: 4 }) } };
  const account = accountOf(overview);
  const first = differenceOf(account, null, 1000);
  expect(first).toEqual({ records: -1, sinceMs: 1000 });
  expect(isMistake(first, 1000)).toBe(false);
  const later = differenceOf(account, first, 6000);
  expect(isMistake(later, 6000)).toBe(true);
});

test('a batch that is just being committed is no mistake', () => {
  const behind = differenceOf({ folded: 10, accounted: 14, lag: 0 }, null, 1000);
  const other = differenceOf({ folded: 14, accounted: 17, lag: 0 }, behind, 9000);
  expect(isMistake(other, 9000)).toBe(false);
  expect(differenceOf({ folded: 17, accounted: 17, lag: 0 }, other, 10_000)).toBeNull();
  expect(isMistake(null, 10_000)).toBe(false);
});
