import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OfferlockError } from '@offerlock/lifecycle';
import { CompactedLog } from './compacted-log.ts';
import { checkDataFile } from './data-file.ts';
import { takeHold, type Hold } from './holder.ts';
import { structureDamaged, writeFailed } from './lmdb-errors.ts';
import { dataFile, inspectLocation, makeLocation, unusable } from './location.ts';
import { Maintenance } from './maintenance.ts';
import {
  formatNumber,
  loadManifest,
  manifestFile,
  readManifest,
  storeManifest,
  writeManifest,
  type Manifest,
} from './manifest.ts';
import type { DataDirectory, StoredTable } from './ports.ts';
import { StagedTransaction } from './staged-transaction.ts';
import { Store } from './store.ts';
import { createTable } from './tables.ts';
import { TopicLog } from './topic-log.ts';
import { Writer } from './writer.ts';

export interface PlainTopicOptions {
  /** Records go when they are older. Absent: however old. */
  readonly retentionMs?: number;
  /** While the topic, all partitions together, takes more bytes, its oldest records go. Absent: however many. */
  readonly retentionBytes?: number;
}

export interface CompactedTopicOptions {
  /** A key goes when its newest record is older. Absent: keys stay until a tombstone. */
  readonly keyTtlMs?: number;
}

export interface DataDirectoryOptions {
  /** What the process that holds the directory is called in error messages, such as `npm start`. */
  readonly label: string;
  /** Of every topic. Needed to make a directory; an existing one must have as many. */
  readonly partitions?: number;
  /** By name. A topic that is not named stays on the disk untouched. */
  readonly topics: Readonly<Record<string, PlainTopicOptions>>;
  readonly compactedTopics: Readonly<Record<string, CompactedTopicOptions>>;
  /** Refuse to make a directory where there is none. */
  readonly mustExist?: boolean;
  /** ms since 1970: the time of records without one, and what age is counted from. */
  readonly now?: () => number;
  /** A chunk of a plain topic becomes about so large at most: what one read from the disk brings. */
  readonly chunkBytesMax?: number;
  /**
   * The tail of a compacted topic, its newest part, is settled when it has more keys or bytes. Its keys are in memory,
   * some 200 bytes each, and the whole tail is read when the directory is opened.
   */
  readonly tailKeysMax?: number;
  readonly tailBytesMax?: number;
  /** The newest chunks of a compacted topic are kept in memory, up to so many bytes. */
  readonly recentBytesMax?: number;
  /**
   * Settled records of a compacted topic that newer ones have replaced are removed from the disk when they are more than
   * so many, and more than half of all.
   */
  readonly garbageRecordsMin?: number;
  readonly maintenanceIntervalMs?: number;
  /** Told when maintenance in the background failed; the next round tries again. */
  readonly onMaintenanceError?: (error: unknown) => void;
}

const defaults = {
  now: Date.now,
  chunkBytesMax: 262_144,
  tailKeysMax: 100_000,
  tailBytesMax: 64 * 1_048_576,
  recentBytesMax: 32 * 1_048_576,
  garbageRecordsMin: 50_000,
  maintenanceIntervalMs: 30_000,
  onMaintenanceError: (error: unknown) => process.emitWarning(error as Error),
};

/**
 * Opens the directory, and makes it where there is none. Errors: `DATA_DIRECTORY_UNUSABLE`, `DATA_DIRECTORY_IN_USE`,
 * `DATA_FORMAT_UNSUPPORTED`, `PARTITION_COUNT_CHANGED`, `LOG_CORRUPT`; after each of them the directory is as it was.
 * `LOG_UNAVAILABLE` when the disk is full or fails.
 */
export async function openDataDirectory(path: string, options: DataDirectoryOptions): Promise<DataDirectory> {
  const directory = resolve(path);
  const found = inspectLocation(directory);
  if (found !== 'made' && options.mustExist === true) {
    throw unusable(directory, 'there is no data of Offerlock');
  }
  if (found === 'made') requirePartitions(directory, readManifest(directory), options.partitions);
  if (found === 'missing') makeLocation(directory);
  const { number, release } = hold(directory, options.label);
  let store: Store | undefined;
  try {
    // Another process may have made it in the meantime.
    inspectLocation(directory);
    if (existsSync(join(directory, dataFile))) checkDataFile(join(directory, dataFile));
    store = new Store(directory, number);
    return await openStore(directory, store, { ...defaults, ...options }, release);
  } catch (error) {
    await store?.close();
    release();
    throw error;
  }
}

async function openStore(
  directory: string,
  store: Store,
  options: DataDirectoryOptions & typeof defaults,
  release: () => void,
): Promise<DataDirectory> {
  const { now } = options;
  const manifest = await completeManifest(directory, store, {
    partitions: options.partitions,
    nowMs: now(),
  });
  const { partitions } = manifest;
  const lastRead = store.lastTransaction;
  let opened = openTopics(store, partitions, options);
  await store.follow();
  // Only the first opening makes something new, or a holder that was taken for dead wrote meanwhile.
  if (store.lastTransaction !== lastRead + 1) opened = openTopics(store, partitions, options);
  const { plain, compacted } = opened;
  const logs = new Map([...plain.map(({ log }) => log), ...compacted].map((log) => [log.name, log]));
  const logNamed = (name: string): TopicLog => named(logs, name);

  const writer = new Writer(
    () => new StagedTransaction(store, logNamed),
    (transaction) => transaction.commit(now()),
  );
  const maintenance = new Maintenance(
    { store, writer, topics: plain, compacted },
    { ...options, intervalMs: options.maintenanceIntervalMs, onError: options.onMaintenanceError },
  );
  const tables = new Map<string, StoredTable>();

  async function closeOnce(): Promise<void> {
    await Promise.all([maintenance.stop(), writer.close()]);
    await store.close();
    release();
  }
  let closing: Promise<void> | undefined;

  return {
    path: directory,
    id: manifest.id,
    createdAtMs: manifest.createdAtMs,
    partitions,
    topic: logNamed,
    compactedTopic: (name) => named(new Map(compacted.map((log) => [log.name, log])), name),
    table: (name) => {
      const table = tables.get(name) ?? createTable(store, name);
      tables.set(name, table);
      return table;
    },
    write: (job) => writer.write(job),
    maintain: () => maintenance.run(),
    close: () => {
      closing ??= closeOnce();
      return closing;
    },
  };
}

/** Reads only, so that damage is found before anything is written. */
function openTopics(
  store: Store,
  partitions: number,
  options: Pick<DataDirectoryOptions, 'topics' | 'compactedTopics'> & {
    readonly now: () => number;
    readonly chunkBytesMax: number;
    readonly recentBytesMax: number;
  },
) {
  const plain = Object.entries(options.topics).map(([name, { retentionMs, retentionBytes }]) => ({
    log: new TopicLog(store, name, { partitions, chunkBytesMax: options.chunkBytesMax }),
    retention: { retentionMs: retentionMs ?? null, retentionBytes: retentionBytes ?? null },
  }));
  const compacted = Object.entries(options.compactedTopics).map(
    ([name, { keyTtlMs }]) =>
      new CompactedLog(store, name, {
        partitions,
        now: options.now,
        keyTtlMs: keyTtlMs ?? null,
        recentBytesMax: options.recentBytesMax,
      }),
  );
  return { plain, compacted };
}

function named<T>(logs: ReadonlyMap<string, T>, name: string): T {
  const log = logs.get(name);
  if (log === undefined) throw new Error(`the data directory was opened without topic ${name}`);
  return log;
}

/** LMDB has it first, the text beside it makes the directory complete. */
async function completeManifest(
  directory: string,
  store: Store,
  toMake: { readonly partitions: number | undefined; readonly nowMs: number },
): Promise<Manifest> {
  const beside = readManifest(directory);
  const stored = loadManifest(store);
  if (beside !== null) {
    if (stored?.id === beside.id && stored.partitions === beside.partitions) return stored;
    throw structureDamaged(store.file, `it does not belong to the ${manifestFile} beside it`);
  }
  const { partitions, nowMs } = toMake;
  const manifest = stored ?? newManifest(directory, partitions, nowMs);
  requirePartitions(directory, manifest, partitions);
  if (stored === null) await storeManifest(store, manifest);
  writeManifest(directory, manifest);
  return manifest;
}

function newManifest(directory: string, partitions: number | undefined, createdAtMs: number): Manifest {
  if (partitions === undefined) throw new Error(`${directory} cannot be made without a number of partitions`);
  return { format: formatNumber, id: randomUUID(), createdAtMs, partitions };
}

function requirePartitions(directory: string, manifest: Manifest | null, wanted: number | undefined): void {
  if (manifest === null || wanted === undefined || manifest.partitions === wanted) return;
  throw new OfferlockError(
    'PARTITION_COUNT_CHANGED',
    `the data directory ${directory} was made with ${manifest.partitions} partitions, not with ${wanted}. Their number ` +
      'cannot change; ask for as many, or use another directory',
    { details: { directory, partitions: manifest.partitions, wanted } },
  );
}

function hold(directory: string, label: string): Hold {
  try {
    return takeHold(directory, label);
  } catch (error) {
    if (error instanceof OfferlockError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw writeFailed(directory, error);
    throw unusable(directory, `nothing can be written there: ${(error as Error).message}`, error);
  }
}
