import { expect, test } from '@jest/globals';
import { createHandClock, createMemoryLog } from '@offerlock/event-log/memory';
import { positionOf, type OfferWrite, type Position } from '@offerlock/projection';
import { createMemoryProjection } from '@offerlock/projection/memory';
import { createDecoder, createEncoder, schemaJsonOf } from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { pino } from 'pino';
import { restoreProjection } from './restore.ts';

const observer = { claimed() {}, claimEnded() {}, committed() {}, halted() {} };
const logger = pino({ level: 'silent' });

const stateOf = (position: Position) => `{"status":"offered","at":"${position}"}`;

function writeOf(customer: string, position: Position): OfferWrite {
  return {
    key: { customer: `default/${customer}`, actionMapId: 'map' },
    position,
    stateJson: stateOf(position),
    before: null,
  };
}

/** A log whose changelog holds these states, in this order, and a projection that is not known to be complete. */
async function begin(changes: readonly (readonly [customer: string, position: Position] | Buffer | null)[]) {
  const clock = createHandClock();
  const log = createMemoryLog({ partitions: 1, scheduler: clock });
  const registry = createMemoryRegistry();
  const encoder = createEncoder(
    'offerState',
    await registry.register('states-value', schemaJsonOf('offerState')),
  );
  const values = changes.map((change) => {
    if (change === null || Buffer.isBuffer(change)) return change;
    const [customerId, position] = change;
    const offer = { tenantId: 'default', customerId, actionMapId: 'map' };
    return encoder.encode({ ...offer, position, state: stateOf(position) });
  });
  if (values.length > 0) log.put(0, [{ key: null, value: null }]);
  const consumption = await log
    .eventLog()
    .consume(
      async () => values.map((value) => ({ topic: 'offerStates' as const, key: 'any', value })),
      observer,
    );
  while ((log.committed(0)?.offset ?? 0n) < log.endOffset('events', 0)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await consumption.stop();

  const projection = createMemoryProjection({ clock, ready: false });
  const store = projection.store();
  const parts = {
    reader: log.reader(),
    store,
    decoder: createDecoder(registry, { offerState: (change) => change }),
    logger,
    now: () => clock.now(),
    signal: new AbortController().signal,
  };
  return {
    projection,
    store,
    log,
    parts,
    isReady: async () => (await store.prepare({ partitions: 1 })).ready,
    positions: () =>
      Object.fromEntries(
        projection.entries().map(({ key, offer }) => [key.customer.slice('default/'.length), offer.position]),
      ),
  };
}

test('an empty projection gets the newest state of each offer, and is ready then', async () => {
  const { parts, projection, isReady, positions } = await begin([
    ['ann', positionOf(1, 1n)],
    ['bob', positionOf(1, 2n)],
    ['ann', positionOf(1, 3n)],
    ['ann', positionOf(2, 1n)],
    ['bob', positionOf(1, 2n)],
  ]);
  expect(await isReady()).toBe(false);
  await restoreProjection(parts);
  expect(await isReady()).toBe(true);
  expect(positions()).toEqual({ ann: positionOf(2, 1n), bob: positionOf(1, 2n) });
  // Nobody can tell what was before, so an attempt that begins earlier must stop.
  expect(projection.entries()[0]?.offer).toEqual({
    position: positionOf(2, 1n),
    stateJson: stateOf(positionOf(2, 1n)),
    before: 'unknown',
  });
});

test('an empty changelog makes an empty projection that is ready', async () => {
  const { parts, isReady, positions } = await begin([]);
  await restoreProjection(parts);
  expect(await isReady()).toBe(true);
  expect(positions()).toEqual({});
});

test('stored states that are newer stay, and older ones beside them are replaced', async () => {
  const { parts, store, positions } = await begin([
    ['ann', positionOf(1, 5n)],
    ['bob', positionOf(1, 6n)],
    ['cleo', positionOf(1, 7n)],
  ]);
  await store.save([writeOf('ann', positionOf(2, 1n))]);
  await store.save([writeOf('bob', positionOf(1, 2n))]);
  await store.save([writeOf('cleo', positionOf(1, 7n))]);
  await restoreProjection(parts);
  expect(positions()).toEqual({
    ann: positionOf(2, 1n),
    bob: positionOf(1, 6n),
    cleo: positionOf(1, 7n),
  });
});

test('a projector that is faster in between keeps its state, and the others of the call are written', async () => {
  const changes = ['ann', 'bob'].map((customer, at) => [customer, positionOf(1, BigInt(at))] as const);
  const { parts, store, positions } = await begin(changes);
  let hasOvertaken = false;
  await restoreProjection({
    ...parts,
    store: {
      ...store,
      load: async (keys) => {
        const loaded = await store.load(keys);
        if (!hasOvertaken) await store.save([writeOf('ann', positionOf(3, 9n))]);
        hasOvertaken = true;
        return loaded;
      },
    },
  });
  expect(positions()).toEqual({ ann: positionOf(3, 9n), bob: positionOf(1, 1n) });
});

test('several may restore at once, and thousands of states are written', async () => {
  const changes = Array.from({ length: 2_500 }, (_, at) => [`c-${at}`, positionOf(1, BigInt(at))] as const);
  const { parts, positions, isReady } = await begin(changes);
  await Promise.all([restoreProjection(parts), restoreProjection(parts), restoreProjection(parts)]);
  expect(positions()).toEqual(Object.fromEntries(changes));
  expect(await isReady()).toBe(true);
});

test('a record without value restores nothing', async () => {
  const { parts, positions } = await begin([null, ['ann', positionOf(1, 5n)]]);
  await restoreProjection(parts);
  expect(positions()).toEqual({ ann: positionOf(1, 5n) });
});

test('a changelog that cannot be read stops it, with the place, and the projection is not ready', async () => {
  const { parts, isReady } = await begin([['ann', positionOf(1, 5n)], Buffer.from('no Avro')]);
  await expect(restoreProjection(parts)).rejects.toMatchObject({
    code: 'LOG_CORRUPT',
    details: { topic: 'offerStates', partition: 0, offset: '1' },
  });
  expect(await isReady()).toBe(false);
});

test.each(['log', 'projection'] as const)(
  'while the %s is away it rejects, and may be repeated',
  async (part) => {
    const { parts, projection, log, isReady, positions } = await begin([['ann', positionOf(1, 5n)]]);
    if (part === 'log') log.faults.setAvailable(false);
    else projection.faults.failSave('before');
    const code = part === 'log' ? 'LOG_UNAVAILABLE' : 'PROJECTION_UNAVAILABLE';
    await expect(restoreProjection(parts)).rejects.toMatchObject({ code });
    expect(await isReady()).toBe(false);
    log.faults.setAvailable(true);
    await restoreProjection(parts);
    expect(positions()).toEqual({ ann: positionOf(1, 5n) });
  },
);

test('a stop breaks it off, and the projection is not ready', async () => {
  const { parts, isReady } = await begin([['ann', positionOf(1, 5n)]]);
  const reason = new Error('stopping');
  await expect(restoreProjection({ ...parts, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(await isReady()).toBe(false);
});
