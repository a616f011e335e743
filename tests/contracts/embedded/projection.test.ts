import { expect, test } from '@jest/globals';
import { positionOf, type OfferWrite } from '@offerlock/projection';
import { createEmbeddedProjection } from '@offerlock/projection/embedded';
import { createDecoder, createEncoder, schemaJsonOf, topicNames } from '@offerlock/schemas';
import { createEmbeddedRegistry } from '@offerlock/schemas/embedded';
import { createDirectoryPlace, type DirectoryPlace } from '../../support/data-directory.ts';
import { projectionContract } from '../projection.contract.ts';

const partitions = 12;

async function openProjection(
  place: DirectoryPlace,
  options: { cachedOffersMax?: number; ttlMs?: number } = {},
) {
  let nowMs = Date.UTC(2026, 0, 1);
  const now = () => nowMs;
  const { ttlMs = Number.MAX_SAFE_INTEGER, ...rest } = options;
  const directory = await place.open({ partitions, now });
  const registry = createEmbeddedRegistry(directory);
  const changelog = directory.compactedTopic(topicNames.offerStates);
  const decoder = createDecoder(registry, { offerState: (change) => change });
  const projection = createEmbeddedProjection({ changelog, decoder, partitions, ttlMs, now, ...rest });
  const encoder = createEncoder(
    'offerState',
    await registry.register('states-value', schemaJsonOf('offerState')),
  );
  return {
    directory,
    projection,
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** What the commit of a batch does with its changelog records. */
    commit: (writes: readonly OfferWrite[]) =>
      directory.write((transaction) => {
        transaction.append(
          changelog,
          0,
          writes.map(({ key, position, stateJson }) => {
            const [tenantId = '', customerId = ''] = key.customer.split('/');
            const { actionMapId } = key;
            const value = encoder.encode({ tenantId, customerId, actionMapId, position, state: stateJson });
            return { key: `${key.customer}/${actionMapId}`, value };
          }),
        );
      }),
  };
}

projectionContract('embedded', async () => {
  const place = await createDirectoryPlace();
  const { directory, projection } = await openProjection(place);
  return {
    store: projection.store(),
    otherStore: projection.store(),
    reader: projection.reader(),
    close: async () => {
      await directory.close();
      await place.remove();
    },
  };
});

async function inPlace(use: (place: DirectoryPlace) => Promise<void>): Promise<void> {
  const place = await createDirectoryPlace();
  try {
    await use(place);
  } finally {
    await place.remove();
  }
}

const writeOf = (customer: string, actionMapId: string, offset: bigint): OfferWrite => ({
  key: { customer, actionMapId },
  position: positionOf(7, offset),
  stateJson: `{"status":"offered","offset":"${offset}"}`,
  before: null,
});

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => writeOf(`default/c-${at % 50}`, `map-${at}`, BigInt(at)));

test('what was committed is there when the directory is opened again, what was only saved is not', () =>
  inPlace(async (place) => {
    const first = await openProjection(place);
    const [committed, saved] = [writeOf('default/a', 'map', 1n), writeOf('default/b', 'map', 2n)];
    await first.projection.store().save([committed, saved]);
    await first.commit([committed]);
    expect(await first.projection.reader().offersOf('default/b')).toHaveLength(1);
    await first.directory.close();

    const second = await openProjection(place);
    const { position, stateJson } = committed;
    expect(await second.projection.store().load([committed.key, saved.key])).toEqual([
      { position, stateJson, before: 'unknown' },
      null,
    ]);
    expect(await second.projection.reader().offersOf('default/b')).toEqual([]);
    await second.directory.close();
  }));

test('offers that are saved and not committed stay, however many there are', () =>
  inPlace(async (place) => {
    const { directory, projection, commit } = await openProjection(place, { cachedOffersMax: 10 });
    const writes = many(400);
    const store = projection.store();
    for (const write of writes) await store.save([write]);
    const keys = writes.map(({ key }) => key);
    expect((await store.load(keys)).map((offer) => offer?.before)).toEqual(writes.map(() => null));

    await commit(writes);
    for (let other = 0; other < 20; other += 1) {
      const write = writeOf(`default/other-${other}`, 'map', 1_000n);
      await store.save([write]);
      await commit([write]);
    }
    const loaded = await store.load(keys);
    expect(loaded.map((offer) => offer?.stateJson)).toEqual(writes.map(({ stateJson }) => stateJson));
    // Most have left the memory: what comes from the changelog does not know what it was before.
    expect(loaded.filter((offer) => offer?.before === 'unknown').length).toBeGreaterThan(350);
    expect(projection.offerCount).toBe(420);
    await directory.close();
  }));

test('an older writer is refused although the newer state has left the memory', () =>
  inPlace(async (place) => {
    const { directory, projection, commit } = await openProjection(place, { cachedOffersMax: 1 });
    const newer = writeOf('default/a', 'map', 9n);
    const store = projection.store();
    await store.save([newer]);
    await commit([newer]);
    const others = many(20);
    await store.save(others);
    await commit(others);
    for (const customer of ['default/x', 'default/y', 'default/z']) {
      await store.save([writeOf(customer, 'map', 21n)]);
    }
    const older = { ...newer, position: positionOf(6, 99n) };
    const beside = writeOf('default/beside', 'map', 1n);
    expect(await store.save([beside, older])).toBe('superseded');
    expect(await store.load([newer.key, beside.key])).toEqual([
      expect.objectContaining({ position: newer.position }),
      null,
    ]);
    await directory.close();
  }));

test('an offer is forgotten when nothing changed it for long, in memory and on the disk', () =>
  inPlace(async (place) => {
    const first = await openProjection(place, { ttlMs: 1_000 });
    const write = writeOf('default/a', 'map', 1n);
    const store = first.projection.store();
    await store.save([write]);
    await first.commit([write]);
    first.pass(1_000);
    expect(await store.load([write.key])).toHaveLength(1);
    expect((await store.load([write.key]))[0]).not.toBeNull();
    first.pass(1);
    expect(await store.load([write.key])).toEqual([null]);
    expect(await first.projection.reader().offersOf('default/a')).toEqual([]);
    await first.directory.close();

    const second = await openProjection(place, { ttlMs: 1_000 });
    second.pass(1_001);
    expect(await second.projection.store().load([write.key])).toEqual([null]);
    await second.directory.close();
  }));

test('customers are found by the beginning of their ids, each once, in order', () =>
  inPlace(async (place) => {
    const { directory, projection, commit } = await openProjection(place);
    const customers = ['anna', 'ann', 'ann-1', 'ann.2', 'ben', 'a@b', 'ann_3'];
    const writes = customers.flatMap((customer, at) =>
      ['m1', 'm2'].map((map) => writeOf(`default/${customer}`, map, BigInt(at))),
    );
    await commit([...writes, writeOf('demo/ann-9', 'm1', 99n)]);
    const found = (prefix: string, limit = 10) => projection.customersStartingWith('default', prefix, limit);
    expect([...found('ann')].sort()).toEqual(['ann', 'ann-1', 'ann.2', 'ann_3', 'anna']);
    expect(found('ann', 2)).toHaveLength(2);
    expect(found('')).toHaveLength(7);
    expect(found('c')).toEqual([]);
    expect(projection.customersStartingWith('demo', '', 10)).toEqual(['ann-9']);
    await directory.close();
  }));

test('a value in the changelog that we did not write is an error with its key', () =>
  inPlace(async (place) => {
    const { directory, projection } = await openProjection(place);
    const changelog = directory.compactedTopic(topicNames.offerStates);
    await directory.write((transaction) =>
      transaction.append(changelog, 0, [{ key: 'default/a/map', value: Buffer.from('no Avro') }]),
    );
    const loading = projection.store().load([{ customer: 'default/a', actionMapId: 'map' }]);
    await expect(loading).rejects.toMatchObject({
      code: 'PROJECTION_CORRUPT',
      details: { key: 'default/a/map' },
    });
    await directory.close();
  }));

test('what waits in memory is bounded, whoever saves and looks at the same time', () =>
  inPlace(async (place) => {
    const { directory, projection, commit } = await openProjection(place, { cachedOffersMax: 20 });
    const store = projection.store();
    const rounds = 30;
    for (let round = 0; round < rounds; round += 1) {
      const writes = many(40).map((write, at) => ({
        ...write,
        key: { customer: `default/c-${round}-${at}`, actionMapId: 'map' },
      }));
      await Promise.all([
        ...writes.map((write) => store.save([write])),
        ...writes.map(({ key }) => projection.reader().offersOf(key.customer)),
      ]);
      await commit(writes);
    }
    const keys = Array.from({ length: rounds * 40 }, (_, at) => ({
      customer: `default/c-${Math.floor(at / 40)}-${at % 40}`,
      actionMapId: 'map',
    }));
    const inMemory = [];
    for (const key of keys) {
      const [offer] = await store.load([key]);
      expect(offer).not.toBeNull();
      if (offer?.before === null) inMemory.push(key);
    }
    // Those of the last round, and what the cache may hold beside them.
    expect(inMemory.length).toBeLessThanOrEqual(40 + 20);
    await directory.close();
  }));

test('it is told whether there is any tenant but one', () =>
  inPlace(async (place) => {
    const { directory, projection, commit } = await openProjection(place);
    expect(projection.hasTenantsBeside('demo')).toBe(false);
    await commit([writeOf('demo/a', 'm', 1n), writeOf('demo/b', 'm', 2n)]);
    expect(projection.hasTenantsBeside('demo')).toBe(false);
    expect(projection.hasTenantsBeside('default')).toBe(true);
    await commit([writeOf('demo-2/a', 'm', 3n)]);
    expect(projection.hasTenantsBeside('demo')).toBe(true);
    await directory.close();
  }));
