import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory, type DataDirectory } from '@offerlock/data-directory';
import type { EventSink } from '@offerlock/event-log';
import {
  committedOffsets,
  createEmbeddedEventLog,
  createEmbeddedEventSink,
  createEmbeddedTopicReader,
  LocalGroup,
} from '@offerlock/event-log/embedded';
import { createHandClock } from '@offerlock/event-log/memory';
import { OfferlockError } from '@offerlock/lifecycle';
import type { ProjectionStore } from '@offerlock/projection';
import { createEmbeddedProjection } from '@offerlock/projection/embedded';
import { createDecoder, topicNames } from '@offerlock/schemas';
import { createEmbeddedRegistry } from '@offerlock/schemas/embedded';
import { directoryTopics } from './data-directory.ts';
import { runPipeline, type PipelineSystems, type RunningPipeline } from './pipeline.ts';

/** Faults on command. Each applies to one call, then it is used up; faults of one kind queue. */
export interface EmbeddedFaults {
  /** The next transaction of the event log rejects with `LOG_UNAVAILABLE`, before or after it took effect. */
  failWrite(when: 'before' | 'after'): void;
  failLoad(): void;
  /** The next save rejects with `PROJECTION_UNAVAILABLE`. */
  failSave(when: 'before' | 'after'): void;
  /** The next owner that wants to save is paused before it, and goes on with `wake`, whatever has happened meanwhile. */
  pauseSave(): void;
  /** All that are paused go on, and nobody is to be paused any more. */
  wake(): void;
  /** Somebody else claims the partition and dies at once. */
  fence(partition: number): Promise<void>;
}

/** The real application over a data directory, in one process that can end. */
export interface EmbeddedPipeline extends RunningPipeline {
  readonly sink: EventSink;
  readonly faults: EmbeddedFaults;
  /** How many records the transactions that committed batches have counted. */
  recordsCounted(): number;
}

export interface EmbeddedInstallation {
  /** Of the process that runs at present. */
  readonly pipeline: EmbeddedPipeline;
  /** Ends the process in order, and starts another. */
  restart(): Promise<void>;
  /** The process is gone at once, and another one is started on what it left on the disk. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface EmbeddedInstallationOptions {
  readonly partitions: number;
  /** Of the projection. */
  readonly cachedOffersMax: number;
  /** Of the changelog: what is longer is compacted. */
  readonly tailBytesMax: number;
}

export async function createEmbeddedInstallation(
  options: EmbeddedInstallationOptions,
): Promise<EmbeddedInstallation> {
  const parent = await mkdtemp(join(tmpdir(), 'offerlock-test-'));
  const open = (path: string) =>
    openDataDirectory(path, { label: 'a test', ...directoryTopics, ...options, chunkBytesMax: 4_096 });
  let copies = 0;
  let directory = await open(join(parent, 'data'));
  let pipeline = await pipelineOn(directory, options);

  const end = async () => {
    pipeline.faults.wake();
    await pipeline.close();
    await directory.close();
  };
  const begin = async (path: string) => {
    directory = await open(path);
    pipeline = await pipelineOn(directory, options);
  };
  return {
    get pipeline() {
      return pipeline;
    },
    restart: async () => {
      await end();
      await begin(directory.path);
    },
    kill: async () => {
      copies += 1;
      const copy = join(parent, `copy-${copies}`);
      // No transaction is being committed while the job of another is running, so this is what a killed process leaves:
      // everything up to the last commit. The process that is left behind goes on with the original, unseen.
      await directory.write(() => copyOf(directory.path, copy));
      await end();
      await begin(copy);
    },
    close: async () => {
      await end();
      await rm(parent, { recursive: true });
    },
  };
}

function copyOf(path: string, copy: string): void {
  cpSync(path, copy, { recursive: true, filter: (source) => !source.endsWith('-lock') });
  const holders = join(copy, 'holders');
  for (const name of readdirSync(holders)) {
    const file = join(holders, name);
    // The holder of the original is this process, and still runs.
    const holder = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...holder, released: true }));
  }
}

async function pipelineOn(
  directory: DataDirectory,
  { cachedOffersMax }: EmbeddedInstallationOptions,
): Promise<EmbeddedPipeline> {
  const { partitions } = directory;
  const scheduler = createHandClock();
  const registry = createEmbeddedRegistry(directory);
  const projection = createEmbeddedProjection({
    changelog: directory.compactedTopic(topicNames.offerStates),
    decoder: createDecoder(registry, { offerState: (change) => change }),
    partitions,
    ttlMs: Number.MAX_SAFE_INTEGER,
    cachedOffersMax,
  });
  const events = directory.topic(topicNames.events);
  const offsets = committedOffsets(directory);
  const sink = createEmbeddedEventSink(directory);
  const group = new LocalGroup(partitions);
  const counts = directory.table('test.counts');
  const failing = withWriteFaults(directory);
  const store = withStoreFaults(projection.store());

  const systems: PipelineSystems = {
    registry,
    sink,
    topicReader: createEmbeddedTopicReader(directory),
    projectionReader: projection.reader(),
    now: () => scheduler.now(),
    eventLog: (member) =>
      createEmbeddedEventLog(failing.directory, {
        ...member,
        fetchRecordsMax: 3 * member.batchRecordsMax,
        // Three looks, so that others take over from one that is paused.
        stopTimeoutMs: 300,
        group,
        scheduler,
        alongside: (transaction, { records }) => {
          const counted = Number(transaction.get(counts, 'records') ?? 0);
          transaction.put(counts, 'records', Buffer.from(String(counted + records)));
        },
      }),
    store: () => store.store,
    isDrained: () =>
      Array.from({ length: partitions }, (_, partition) => partition).every(
        (partition) => (offsets.get(partition)?.offset ?? 0n) >= events.bounds(partition).endOffset,
      ),
    passTime: async () => {
      // Whatever is being written has been written then.
      await directory.write(() => undefined);
      scheduler.advance(100);
    },
  };
  return {
    ...(await runPipeline(systems)),
    sink,
    recordsCounted: () => Number(counts.get('records') ?? 0),
    faults: {
      ...failing.faults,
      ...store.faults,
      fence: (partition) =>
        directory.write((transaction) => {
          const committed = offsets.get(partition, transaction);
          if (committed === null || committed.mark === null) return;
          const { offset, mark } = committed;
          offsets.put(transaction, partition, { offset, mark: { ...mark, epoch: mark.epoch + 1 } });
        }),
    },
  };
}

function withWriteFaults(directory: DataDirectory) {
  const faults: ('before' | 'after')[] = [];
  const failing: DataDirectory = {
    ...directory,
    write: async (job) => {
      const fault = faults.shift();
      if (fault === undefined) return directory.write(job);
      if (fault === 'after') await directory.write(job);
      throw new OfferlockError('LOG_UNAVAILABLE', `the write was told to fail ${fault} it took effect`);
    },
  };
  const failWrite = (when: 'before' | 'after') => {
    faults.push(when);
  };
  return { directory: failing, faults: { failWrite } };
}

function withStoreFaults(store: ProjectionStore) {
  let loadFaults = 0;
  const saveFaults: ('before' | 'after' | 'pause')[] = [];
  const paused: (() => void)[] = [];
  const failing: ProjectionStore = {
    ...store,
    load: async (keys) => {
      if (loadFaults === 0) return store.load(keys);
      loadFaults -= 1;
      throw storeFailed();
    },
    save: async (writes) => {
      const fault = saveFaults.shift();
      if (fault === 'pause') {
        await new Promise<void>((resolve) => {
          paused.push(resolve);
        });
      }
      if (fault === undefined || fault === 'pause') return store.save(writes);
      if (fault === 'after') await store.save(writes);
      throw storeFailed();
    },
  };
  return {
    store: failing,
    faults: {
      failLoad: () => {
        loadFaults += 1;
      },
      failSave: (when: 'before' | 'after') => {
        saveFaults.push(when);
      },
      pauseSave: () => {
        saveFaults.push('pause');
      },
      wake: () => {
        saveFaults.splice(0);
        for (const goOn of paused.splice(0)) goOn();
      },
    },
  };
}

function storeFailed(): OfferlockError {
  return new OfferlockError('PROJECTION_UNAVAILABLE', 'the store was told to fail');
}
