import { OfferlockError } from '@offerlock/lifecycle';
import type { Topic } from '@offerlock/schemas';
import { createLocalEventLog, type LocalMemberOptions } from '../local/local-event-log.ts';
import type { LocalLog } from '../local/local-log.ts';
import { createPartitioner } from '../local/partition-of-key.ts';
import type { LocalScheduler } from '../local/scheduler.ts';
import type { CommittedOffset } from '../owner/committed-offset.ts';
import type { Documents } from '../documents.ts';
import type { TopicFollower } from '../follow.ts';
import type {
  EventLog,
  EventSink,
  LogRecord,
  SinkRecord,
  SinkTopic,
  TopicReader,
  TopicRecord,
} from '../ports.ts';
import { createHandClock } from './hand-clock.ts';
import { MemoryBroker, type CommitFault } from './memory-broker.ts';
import { takeMemoryClaim } from './memory-claim.ts';
import { createMemoryDocuments } from './memory-documents.ts';
import { createMemoryFollower } from './memory-follower.ts';

/** Faults on command. */
export interface MemoryLogFaults {
  /** The next commit of a batch rejects with `LOG_UNAVAILABLE`, before or after it took effect. Faults queue. */
  failCommit(fault: CommitFault): void;
  /** The next claim rejects with `LOG_UNAVAILABLE`. */
  failClaim(): void;
  /** Somebody else initialises the partition's producer: its present owner is fenced. */
  fence(partition: number): void;
  /** While down, everything that would need the broker rejects with `LOG_UNAVAILABLE` and nothing is delivered. */
  setAvailable(available: boolean): void;
  /** What an operator does with Kafka's tools: the offset moves (null: is deleted) and our mark is gone. */
  moveCommitted(partition: number, offset: bigint | null): void;
  /** What retention does. */
  deleteBefore(topic: Topic, partition: number, offset: bigint): void;
  /** Leaves records of an aborted transaction and its marker behind. */
  abortTransaction(topic: Topic, partition: number, records: number): void;
  /** The topic does not exist, for `checkTopics` and readers. */
  removeTopic(topic: Topic): void;
}

export interface MemoryMemberOptions extends LocalMemberOptions {
  /** How many records one fetch brings; it may hold several batches. */
  readonly fetchRecordsMax: number;
}

/** A whole broker in memory. Every log, sink and reader of it shares its topics and its consumer group. */
export interface MemoryLog {
  /** Another member of the group, with connections of its own. */
  eventLog(options?: Partial<MemoryMemberOptions>): EventLog;
  /** Of the events by default. */
  sink(options?: { readonly topic?: SinkTopic }): EventSink;
  reader(): TopicReader;
  follower(): TopicFollower;
  /** Of the action maps. */
  documents(): Documents;
  /** Writes to one partition, whatever the keys; events unless another topic is named. */
  put(partition: number, records: readonly SinkRecord[], topic?: Topic): void;
  /** The committed records of one partition, for assertions. */
  records(topic: Topic, partition: number): readonly LogRecord[];
  endOffset(topic: Topic, partition: number): bigint;
  committed(partition: number): CommittedOffset | null;
  readonly faults: MemoryLogFaults;
}

const memberDefaults = {
  batchRecordsMax: 2_000,
  fetchRecordsMax: 2_000,
  backoff: { minMs: 200, maxMs: 5_000 },
  stopTimeoutMs: 8_000,
  random: () => 1,
};

export function createMemoryLog(options: {
  readonly partitions: number;
  readonly scheduler?: LocalScheduler;
}): MemoryLog {
  const { partitions, scheduler = createHandClock() } = options;
  const broker = new MemoryBroker(partitions, () => scheduler.now());
  let members = 0;

  const requireTopic = (topic: Topic) => {
    if (!broker.missingTopics.has(topic)) return;
    throw new OfferlockError('TOPIC_MISSING', `topic ${topic} does not exist`, { details: { topic } });
  };

  return {
    eventLog: (memberOptions = {}) => {
      members += 1;
      const member = { member: `member-${members}`, ...memberDefaults, ...memberOptions };
      return createLocalEventLog(localLog(broker, scheduler, member.fetchRecordsMax), member, {
        checkTopics: async () => {
          broker.requireAvailable();
          for (const topic of checkedTopics) requireTopic(topic);
          return { partitions };
        },
        endOffsets: async () => {
          broker.requireAvailable();
          return new Map(
            broker.partitionsOf('events').map(({ endOffset }, partition) => [partition, endOffset]),
          );
        },
      });
    },
    sink: ({ topic = 'events' } = {}) => createMemorySink(broker, scheduler, topic),
    reader: () => ({
      read: async (topic, onRecords) => {
        broker.requireAvailable();
        requireTopic(topic);
        return readTopic(broker, topic, onRecords);
      },
      close: () => Promise.resolve(),
    }),
    follower: () => createMemoryFollower(broker, requireTopic),
    documents: () => createMemoryDocuments(broker, scheduler, 'actionMaps'),
    put: (partition, records, topic = 'events') => {
      broker.partition(topic, partition).append(records, broker.now());
      broker.changed();
    },
    records: (topic, partition) => recordsOf(broker, topic, partition),
    endOffset: (topic, partition) => broker.partition(topic, partition).endOffset,
    committed: (partition) => broker.committed(partition),
    faults: {
      failCommit: (fault) => broker.commitFaults.push(fault),
      failClaim: () => {
        broker.claimFaults += 1;
      },
      fence: (partition) => {
        broker.initProducer(partition);
      },
      setAvailable: (available) => {
        broker.available = available;
        broker.changed();
      },
      moveCommitted: (partition, offset) => {
        broker.setCommitted(partition, offset === null ? null : { offset, mark: null });
      },
      deleteBefore: (topic, partition, offset) => broker.partition(topic, partition).deleteBefore(offset),
      abortTransaction: (topic, partition, records) => {
        broker.partition(topic, partition).appendInvisible(records + 1);
        broker.changed();
      },
      removeTopic: (topic) => {
        broker.missingTopics.add(topic);
      },
    },
  };
}

const checkedTopics: readonly Topic[] = ['events', 'metrics', 'deadLetters', 'offerStates', 'timers'];

function localLog(broker: MemoryBroker, scheduler: LocalScheduler, fetchRecordsMax: number): LocalLog {
  return {
    group: broker.group,
    scheduler,
    takeClaim: (owner) => takeMemoryClaim(broker, scheduler, owner),
    hasMore: (partition, from) => broker.available && from < broker.partition('events', partition).endOffset,
    fetch: (partition, from) => {
      const events = broker.partition('events', partition);
      return { fromOffset: from, ...events.read(from, fetchRecordsMax), endOffset: events.endOffset };
    },
    onChange: (listener) => broker.onChange(listener),
  };
}

function createMemorySink(broker: MemoryBroker, scheduler: LocalScheduler, topic: SinkTopic): EventSink {
  const partitionOf = createPartitioner(broker.partitions);
  return {
    append: async (records) => {
      await scheduler.before({ step: 'append', member: 'sink', partition: -1 });
      broker.requireAvailable();
      for (const record of records) {
        broker.partition(topic, partitionOf(record.key)).append([record], broker.now());
      }
      broker.changed();
    },
    close: () => Promise.resolve(),
  };
}

function recordsOf(broker: MemoryBroker, topic: Topic, partition: number): readonly LogRecord[] {
  return broker.partition(topic, partition).read(0n, Number.MAX_SAFE_INTEGER).records;
}

async function readTopic(
  broker: MemoryBroker,
  topic: Topic,
  onRecords: (records: readonly TopicRecord[]) => void | Promise<void>,
): Promise<{ records: number }> {
  // What each partition holds now is what the call reads, whatever is written while the caller works on it.
  const snapshot = broker
    .partitionsOf(topic)
    .map((_, partition) =>
      recordsOf(broker, topic, partition).map((record) => Object.assign({ partition }, record)),
    );
  for (const records of snapshot) {
    if (records.length > 0) await onRecords(records);
  }
  return { records: snapshot.reduce((sum, records) => sum + records.length, 0) };
}
