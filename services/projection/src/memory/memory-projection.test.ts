import { expect, test } from '@jest/globals';
import type { OfferWrite } from '../ports.ts';
import { positionOf } from '../position.ts';
import { createMemoryProjection } from './memory-projection.ts';

const unavailable = { code: 'PROJECTION_UNAVAILABLE' };

function writeOf(customer: string, offset: bigint, epoch = 1): OfferWrite {
  return {
    key: { customer, actionMapId: 'map' },
    position: positionOf(epoch, offset),
    stateJson: `{"status":"offered","offset":"${offset}"}`,
    before: null,
  };
}

const customersOf = (projection: ReturnType<typeof createMemoryProjection>) =>
  projection.entries().map(({ key }) => key.customer);

test('a load that was told to fail rejects once', async () => {
  const projection = createMemoryProjection();
  const store = projection.store();
  projection.faults.failLoad();
  const key = { customer: 't/a', actionMapId: 'map' };
  await expect(store.load([key])).rejects.toMatchObject(unavailable);
  await expect(store.load([key])).resolves.toEqual([null]);
});

test.each([
  { fault: 'before', written: [] },
  { fault: 'between', written: ['t/a'] },
  { fault: 'after', written: ['t/a', 't/b'] },
  { fault: 'late', written: [] },
] as const)('a save that fails "$fault" has written $written', async ({ fault, written }) => {
  const projection = createMemoryProjection();
  projection.faults.failSave(fault);
  const writes = [writeOf('t/a', 1n), writeOf('t/b', 2n)];
  await expect(projection.store().save(writes)).rejects.toMatchObject(unavailable);
  expect(customersOf(projection)).toEqual(written);
});

test('a late save is written when it is run, if nobody was there in between', async () => {
  const projection = createMemoryProjection();
  projection.faults.failSave('late');
  await expect(projection.store().save([writeOf('t/a', 1n)])).rejects.toMatchObject(unavailable);
  expect(projection.faults.runLateSaves()).toEqual(['saved']);
  expect(customersOf(projection)).toEqual(['t/a']);
  expect(projection.faults.runLateSaves()).toEqual([]);
});

test('a late save is refused when a later claim has written', async () => {
  const projection = createMemoryProjection();
  projection.faults.failSave('late');
  await expect(projection.store().save([writeOf('t/a', 9n)])).rejects.toMatchObject(unavailable);
  await projection.store().save([writeOf('t/a', 3n, 2)]);
  expect(projection.faults.runLateSaves()).toEqual(['superseded']);
  expect(projection.entries()[0]?.offer.position).toBe(positionOf(2, 3n));
});
