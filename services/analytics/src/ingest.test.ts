import { afterEach, expect, test } from '@jest/globals';
import { createMemoryLog, type MemoryLog } from '@offerlock/event-log/memory';
import { OfferlockError } from '@offerlock/lifecycle';
import { createDecoder, createEncoders, registerSchemas } from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { openDuckDbReportStore } from './duckdb/duckdb-report-store.ts';
import { startIngest, type IngestObserver } from './ingest.ts';
import type { ReportBatch, ReportStore } from './ports.ts';
import { blockedOffer, metric, query } from './test-rows.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function bench() {
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  const log = createMemoryLog({ partitions: 2 });
  const store = await openDuckDbReportStore({ path: ':memory:' });
  closers.push(() => store.close());
  return {
    registry,
    log,
    store,
    put: (partition: number, count: number) =>
      log.put(
        partition,
        Array.from({ length: count }, () => ({
          key: 'default/customer-1',
          value: encoders.metric.encode(metric()),
        })),
        'metrics',
      ),
    putBlocked: () =>
      log.put(
        0,
        [{ key: 'default/customer-1', value: encoders.blockedOffer.encode(blockedOffer()) }],
        'blockedOffers',
      ),
    putBadId: () =>
      log.put(0, [{ key: null, value: encoders.metric.encode(metric({ metricId: 'no uuid' })) }], 'metrics'),
    start: (into: ReportStore = store) => startWatched(log, into, registry),
  };
}

/** An ingestion of small batches, and what it told. */
async function startWatched(
  log: MemoryLog,
  store: ReportStore,
  registry: ReturnType<typeof createMemoryRegistry>,
) {
  const told = { batches: [] as number[], unreadable: [] as string[], waited: 0 };
  const follower = log.follower();
  let announce!: () => void;
  const caughtUp = new Promise<void>((resolve) => {
    announce = resolve;
  });
  let announceWaiting!: () => void;
  const waiting = new Promise<void>((resolve) => {
    announceWaiting = resolve;
  });
  const observer: IngestObserver = {
    appended: ({ metrics, blockedOffers }) => told.batches.push(metrics + blockedOffers),
    caughtUp: announce,
    unreadable: ({ topic, partition, offset }) => told.unreadable.push(`${topic}/${partition}/${offset}`),
    waiting: () => {
      told.waited += 1;
      announceWaiting();
    },
  };
  const ingestion = await startIngest({
    follower,
    store,
    decoders: {
      metrics: createDecoder(registry, { metric: (one) => ({ type: 'metric' as const, metric: one }) }),
      blockedOffers: createDecoder(registry, {
        blockedOffer: (one) => ({ type: 'blockedOffer' as const, blockedOffer: one }),
      }),
    },
    observer,
    batchRowsMax: 1_000,
    batchWaitMaxMs: 5,
    retryDelayMs: 1,
  });
  closers.push(() => follower.close());
  return { told, caughtUp, waiting, ...ingestion };
}

test('what both topics hold is in the store once it has caught up, in batches of bounded size', async () => {
  const { put, putBlocked, store, start } = await bench();
  put(0, 2_500);
  put(1, 10);
  putBlocked();
  const ingestion = await start();
  await ingestion.caughtUp;
  expect(await store.report(query())).toMatchObject([{ offered: 2_510, blocked: 1 }]);
  expect(Math.max(...ingestion.told.batches)).toBeLessThanOrEqual(2_000);
  await ingestion.stop();
});

test('it goes on at the stored offsets, and a stop leaves nothing out', async () => {
  const { put, store, start } = await bench();
  put(0, 20);
  const first = await start();
  await first.caughtUp;
  await first.stop();
  put(0, 7);
  put(1, 3);
  const second = await start();
  await second.caughtUp;
  await second.stop();
  expect(second.told.batches.reduce((sum, rows) => sum + rows, 0)).toBe(10);
  expect(await store.report(query())).toMatchObject([{ offered: 30 }]);
  expect((await store.offsets()).metrics).toEqual(
    new Map([
      [0, 27n],
      [1, 3n],
    ]),
  );
});

test('a record that cannot be read is told and passed over', async () => {
  const { put, putBadId, log, store, start } = await bench();
  put(0, 1);
  log.put(
    0,
    [
      { key: null, value: Buffer.from('nothing of ours') },
      { key: null, value: null },
    ],
    'metrics',
  );
  putBadId();
  put(0, 1);
  const ingestion = await start();
  await ingestion.caughtUp;
  await ingestion.stop();
  expect(ingestion.told.unreadable).toEqual(['metrics/0/1', 'metrics/0/2', 'metrics/0/3']);
  expect(await store.report(query())).toMatchObject([{ offered: 2 }]);
  expect((await store.offsets()).metrics.get(0)).toBe(5n);
});

test('while the registry is away it waits, and loses nothing', async () => {
  const { put, registry, store, start } = await bench();
  put(0, 5);
  registry.setAvailable(false);
  const ingestion = await start();
  await ingestion.waiting;
  expect(await store.report(query())).toEqual([]);
  registry.setAvailable(true);
  await ingestion.caughtUp;
  await ingestion.stop();
  expect(await store.report(query())).toMatchObject([{ offered: 5 }]);
});

test('it can be stopped while the registry is away', async () => {
  const { put, registry, store, start } = await bench();
  put(0, 5);
  registry.setAvailable(false);
  const ingestion = await start();
  await ingestion.waiting;
  await ingestion.stop();
  expect((await store.offsets()).metrics.size).toBe(0);
});

test('a store that fails ends it with that error, and what it did not take comes again', async () => {
  const { put, store, start } = await bench();
  put(0, 5);
  const full = new OfferlockError('DATA_DIRECTORY_UNUSABLE', 'the disk is full');
  const failing: ReportStore = { ...store, append: async (_batch: ReportBatch) => Promise.reject(full) };
  const ingestion = await start(failing);
  await expect(ingestion.done).rejects.toBe(full);
  const again = await start();
  await again.caughtUp;
  await again.stop();
  expect(await store.report(query())).toMatchObject([{ offered: 5 }]);
});
