import { afterEach, beforeEach, expect } from '@jest/globals';
import type {
  BatchHandler,
  Consumption,
  Documents,
  EventLog,
  EventSink,
  LogBatch,
  OutputRecord,
  PartitionStatus,
  SinkTopic,
  TopicFollower,
  TopicReader,
  TopicRecord,
} from '@offerlock/event-log';
import { recordingObserver, type Observed } from '../support/recording-observer.ts';

/** A fresh log with 4 partitions and an empty group, and what else the contract needs to reach into it. */
export interface EventLogHarness {
  /** Another member of the group, with retries after a short time. */
  member(options?: { batchRecordsMax?: number }): EventLog;
  /** Of the events, unless told otherwise. */
  sink(topic?: SinkTopic): EventSink;
  follower(): TopicFollower;
  documents(): Documents;
  reader(): TopicReader;
  /** Writes events to one partition. */
  put(partition: number, values: readonly string[]): Promise<void>;
  /** Makes the next records of a partition of the events topic lie so many offsets later. */
  leaveGap(partition: number, offsets: number): Promise<void>;
  /** Acts as another owner of the partition that comes and dies at once. */
  fence(partition: number): Promise<void>;
  /** Moves the group's offset as an operator would; nobody may be consuming. */
  moveCommitted(partition: number, offset: bigint): Promise<void>;
  /** Lets a little time pass between two looks at a fact. */
  passTime(): Promise<void>;
  close(): Promise<void>;
}

/** A log on which transactions can be aborted: their records and markers take offsets that nobody sees. */
export interface TransactionalHarness extends EventLogHarness {
  /** Leaves records of an aborted transaction, and its marker, at the end of a partition of the events topic. */
  abortTransaction(partition: number, records: number): Promise<void>;
  removeTopic(topic: 'timers'): Promise<void>;
  /** What retention does to a partition of the events topic. */
  deleteBefore(partition: number, offset: bigint): Promise<void>;
}

/** A log that outlives the process which uses it. */
export interface DurableHarness extends EventLogHarness {
  /** Ends the process without a farewell and begins another; what was opened before must not be used any more. */
  restart(): Promise<void>;
}

export const partitions = 4;
const looksMax = 2_000;

/** A harness per test, and what the tests open on it; everything is closed after each test. */
export interface EventLogFixture<Harness extends EventLogHarness> {
  readonly harness: Harness;
  closeLater(opened: { close(): Promise<void> }): void;
  until(fact: () => boolean): Promise<void>;
  open(
    handler: BatchHandler,
    options?: { batchRecordsMax?: number },
  ): Promise<{ log: EventLog; consumption: Consumption; observed: Observed }>;
  read(topic: Parameters<TopicReader['read']>[0]): Promise<TopicRecord[]>;
}

export function eventLogFixture<Harness extends EventLogHarness>(
  createHarness: () => Promise<Harness>,
): EventLogFixture<Harness> {
  let harness: Harness;
  let opened: { close(): Promise<void> }[];

  beforeEach(async () => {
    harness = await createHarness();
    opened = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map((log) => log.close()));
    await harness.close();
  });

  return {
    get harness() {
      return harness;
    },
    closeLater: (log) => {
      opened.push(log);
    },
    until: async (fact) => {
      for (let look = 0; !fact(); look += 1) {
        if (look > looksMax) throw new Error(`never became true: ${String(fact)}`);
        await harness.passTime();
      }
    },
    open: async (handler, options) => {
      const log = harness.member(options);
      opened.push(log);
      const { observer, observed } = recordingObserver();
      const consumption = await log.consume(handler, observer);
      return { log, consumption, observed };
    },
    read: async (topic) => {
      const reader = harness.reader();
      opened.push(reader);
      const found: TopicRecord[] = [];
      const { records } = await reader.read(topic, (some) => {
        found.push(...some);
      });
      expect(records).toBe(found.length);
      return found;
    },
  };
}

export function statusOf(consumption: Consumption, partition: number): PartitionStatus | undefined {
  return consumption.partitions().find((status) => status.partition === partition);
}

export function drained(consumption: Consumption, partition: number, offset: bigint): boolean {
  const status = statusOf(consumption, partition);
  return status?.nextOffset === offset && status.endOffset === offset;
}

export function allDrained(offset: bigint, ...members: readonly Consumption[]): boolean {
  return [0, 1, 2, 3].every((partition) => members.some((member) => drained(member, partition, offset)));
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => String(at));
}

export function offsets(from: number, to: number): bigint[] {
  return Array.from({ length: to - from }, (_, at) => BigInt(from + at));
}

export function valuesOf(batch: LogBatch): string[] {
  return batch.records.map(({ value }) => String(value));
}

export function metricOf(batch: LogBatch): OutputRecord {
  return { topic: 'metrics', key: 'k', value: Buffer.from(valuesOf(batch).join(',')) };
}

export function keepIn(batches: LogBatch[]): BatchHandler {
  return (batch) => {
    batches.push(batch);
    return Promise.resolve([]);
  };
}

export function isIncreasing(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? Infinity));
}

export function claimOf(observed: Observed, partition: number): { readonly epoch: number } {
  const claim = observed.claimed.findLast((claimed) => claimed.partition === partition);
  if (claim === undefined) throw new Error(`partition ${partition} was never claimed`);
  return claim;
}

export function createGate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open: (() => void) | undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open?.() };
}
