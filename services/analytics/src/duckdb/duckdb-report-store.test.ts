import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ReportStore } from '../ports.ts';
import { batch, blockedOffer, metric, noon, query } from '../test-rows.ts';
import { openDuckDbReportStore } from './duckdb-report-store.ts';

let folder: string;
let path: string;
const opened: ReportStore[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerlock-report-store-'));
  path = join(folder, 'reports.duckdb');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true });
});

async function openStore(): Promise<ReportStore> {
  const store = await openDuckDbReportStore({ path });
  opened.push(store);
  return store;
}

test('rows and offsets are there after the store was closed and opened again', async () => {
  const first = await openStore();
  const rows = batch([metric(), metric({ metric: 'accepted', millisSinceOffered: 1_500 })], [blockedOffer()]);
  expect(await first.append(rows)).toEqual({ metrics: 2, blockedOffers: 1, repeated: 0 });
  await first.close();

  const again = await openStore();
  expect(await again.offsets()).toEqual({ metrics: new Map([[0, 2n]]), blockedOffers: new Map([[0, 1n]]) });
  expect(await again.report(query())).toMatchObject([
    { period: 0, offered: 1, accepted: 1, blocked: 1, timeToAccept: { p50: 1_500, p95: 1_500 } },
  ]);
  expect(await again.blocked(query())).toEqual([
    {
      period: 0,
      actionMapId: null,
      actionMapVersion: null,
      mediaType: null,
      reason: 'TerminalState',
      sessions: 1,
      count: 1,
    },
  ]);
});

test('a batch that is repeated changes nothing, also when it reaches further this time', async () => {
  const store = await openStore();
  const [one, two, three] = [metric(), metric(), metric()];
  await store.append(batch([one, two], [blockedOffer()]));
  expect(await store.append(batch([one, two], [blockedOffer()]))).toEqual({
    metrics: 0,
    blockedOffers: 0,
    repeated: 3,
  });
  expect(await store.append(batch([one, two, three]))).toEqual({ metrics: 1, blockedOffers: 0, repeated: 2 });
  expect(await store.report(query())).toMatchObject([{ offered: 3, blocked: 1 }]);
  expect((await store.offsets()).metrics.get(0)).toBe(3n);
});

test('offsets never go back', async () => {
  const store = await openStore();
  await store.append(batch([metric()], [], 9n));
  await store.append({
    metrics: [],
    blockedOffers: [],
    nextOffsets: { metrics: new Map([[0, 4n]]), blockedOffers: new Map() },
  });
  expect((await store.offsets()).metrics.get(0)).toBe(10n);
});

test('a metric that the topic holds twice is counted once, within a batch and across batches', async () => {
  const store = await openStore();
  const one = metric();
  expect(await store.append(batch([one, one]))).toMatchObject({ metrics: 1, repeated: 1 });
  expect(await store.append(batch([metric(), one], [], 2n))).toMatchObject({ metrics: 1, repeated: 1 });
  expect(await store.report(query())).toMatchObject([{ offered: 2 }]);
});

test('a metric that came again with another time is counted once after the store was compacted', async () => {
  const store = await openStore();
  const one = metric();
  await store.append(batch([one, { ...one, occurredAt: noon + 7_200_000 }, metric()]));
  await store.append(batch([{ ...one, occurredAt: noon + 9_000_000 }], [], 3n));
  expect(await store.compact()).toEqual({ removed: 1 });
  expect(await store.report(query())).toMatchObject([{ offered: 2 }]);
  expect(await store.compact()).toEqual({ removed: 0 });
});

test('what happened before the retention is forgotten, and not taken again', async () => {
  const store = await openStore();
  const rows = batch([metric({ occurredAt: noon - 1 }), metric()], [blockedOffer({ occurredAt: noon - 1 })]);
  await store.append(rows);
  expect(await store.retain(noon)).toEqual({ removed: 2 });
  await store.append(rows);
  expect(await store.report(query())).toMatchObject([{ offered: 1, blocked: 0 }]);
  await store.clear();
  expect(await store.report(query())).toEqual([]);
  expect(await store.append(rows)).toMatchObject({ metrics: 2 });
});

test('a tenant sees nothing of another', async () => {
  const store = await openStore();
  await store.append(
    batch([metric({ tenantId: 'other', actionMapId: 'theirs' })], [blockedOffer({ tenantId: 'other' })]),
  );
  expect(await store.report(query())).toEqual([]);
  expect(await store.blocked(query())).toEqual([]);
  expect(await store.actionMapIds('default')).toEqual([]);
  expect(await store.actionMapIds('other')).toEqual(['map-1', 'theirs']);
});

test('a batch with a row that cannot be kept leaves nothing behind, and the store goes on', async () => {
  const store = await openStore();
  const broken = batch([metric(), metric({ metricId: 'no uuid' })]);
  await expect(store.append(broken)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  expect((await store.offsets()).metrics.size).toBe(0);
  expect(await store.append(batch([metric()]))).toMatchObject({ metrics: 1, repeated: 0 });
});

test('two processes do not share a file', async () => {
  const writer = startWriter();
  try {
    await writer.appended(1);
    await expect(openStore()).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_IN_USE',
      message: expect.stringContaining('open in another process'),
    });
  } finally {
    await writer.kill();
  }
});

test('after SIGKILL at any moment every batch is there as a whole or not at all, and nothing twice', async () => {
  // Long before the truth is known by counting: batch n has 50 metrics and moves the offset to 50 * (n + 1).
  for (const batches of [1, 3, 7]) {
    const writer = startWriter();
    await writer.appended(batches);
    await writer.kill();
    const store = await openStore();
    const next = (await store.offsets()).metrics.get(0) ?? 0n;
    expect(next % 50n).toBe(0n);
    expect(next).toBeGreaterThanOrEqual(BigInt(50 * batches));
    expect(await store.report(query())).toMatchObject([{ offered: Number(next) }]);
    expect(await store.compact()).toEqual({ removed: 0 });
    await store.close();
  }
});

test('a file that is no store, a damaged one and one of a newer version are told apart', async () => {
  await writeFile(path, 'something else, longer than a header of DuckDB would be'.repeat(400));
  await expect(openStore()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });

  await rm(path);
  await sql('CREATE TABLE somebodys (a INTEGER)');
  await expect(openStore()).rejects.toThrow('no report store of Offerlock');

  await rm(path);
  await (await openStore()).close();
  await sql('UPDATE offerlock_format SET version = 99');
  await expect(openStore()).rejects.toMatchObject({
    code: 'DATA_FORMAT_UNSUPPORTED',
    message: expect.stringContaining('has format 99, this version reads 1'),
  });

  await sql('UPDATE offerlock_format SET version = 1; ALTER TABLE metrics DROP COLUMN media_type');
  await expect(openStore()).rejects.toThrow('its table metrics has the columns');
});

test('damaged bytes within the file are an error, not another number', async () => {
  const store = await openStore();
  await store.append(batch(Array.from({ length: 5_000 }, () => metric())));
  await store.compact();
  await store.close();
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  for (let at = 12_288; at < size; at += 4_096) await file.write(Buffer.alloc(512, 0x5a), 0, 512, at);
  await file.close();
  await expect(openStore().then((damaged) => damaged.report(query()))).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
  });
});

/** As somebody else may have changed it. */
async function sql(statements: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(statements);
  connection.closeSync();
  instance.closeSync();
}

/** A process that appends batches of 50 without end, from the stored offset on. */
function startWriter() {
  const script = fileURLToPath(new URL('test-writer.ts', import.meta.url));
  const asTypeScript = new URL('../../../data-directory/src/test-typescript.mjs', import.meta.url).href;
  const options = ['--conditions=source', '--import', asTypeScript];
  const child = spawn(process.execPath, [...options, script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  return {
    appended: async (count: number) => {
      let seen = 0;
      for await (const _ of lines) {
        seen += 1;
        if (seen >= count) return;
      }
      throw new Error('the writer ended before it had appended so many batches');
    },
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
