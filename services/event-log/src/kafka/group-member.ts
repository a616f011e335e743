import type { Batch, Consumer, Kafka } from 'kafkajs';
import type { Fetched } from '../owner/partition-owner.ts';
import { logRecordOf } from './log-record.ts';

export interface GroupMemberOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  /** Without a heartbeat for this long the group goes on without us. */
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** How long the group waits for our batches in hand when it rebalances. */
  readonly rebalanceTimeoutMs: number;
  readonly fetchBytesPerPartition: number;
  readonly fetchBytesMax: number;
  /** How long a fetch waits for data, and so the longest that committed data stays unseen. */
  readonly fetchWaitMs: number;
  /** Partitions whose batches are processed at the same time. */
  readonly partitionsConcurrent: number;
}

export interface GroupMemberEvents {
  assigned(partitions: readonly number[]): void;
  /** Resolves when the records are processed or not wanted. The position does not move by itself. */
  fetched(partition: number, fetched: Fetched, heartbeat: () => Promise<void>): Promise<void>;
  /** The log holds nothing visible in this range. */
  skipped(partition: number, fromOffset: bigint, nextOffset: bigint, endOffset: bigint): void;
}

/**
 * One life of a kafkajs consumer, used for membership and fetching only. It is not restarted: kafkajs's own restart
 * cannot be stopped while it is under way.
 */
export class GroupMember {
  /** Resolves with the error that ended it, unless it was stopped. */
  readonly crashed: Promise<unknown>;
  readonly #topic: string;
  readonly #consumer: Consumer;
  readonly #started: Promise<void>;
  #isInGroup = false;

  constructor(options: GroupMemberOptions, events: GroupMemberEvents) {
    const consumer = createConsumer(options);
    this.#topic = options.topic;
    this.#consumer = consumer;
    const { GROUP_JOIN, START_BATCH_PROCESS, STOP, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#isInGroup = true;
      events.assigned(payload.memberAssignment[options.topic] ?? []);
    });
    consumer.on(STOP, () => {
      this.#isInGroup = false;
    });
    // kafkajs passes over control records and aborted ones by itself, and says so nowhere else.
    consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0) return;
      const { partition, firstOffset, lastOffset, highWatermark } = payload;
      const from = BigInt(firstOffset ?? lastOffset);
      events.skipped(partition, from, BigInt(lastOffset) + 1n, BigInt(highWatermark));
    });
    const crashed = new Promise<unknown>((resolve) => {
      consumer.on(CRASH, ({ payload }) => resolve(payload.error));
    });
    const notStarted = this.#start(options, events);
    this.#started = notStarted.catch(() => {});
    this.crashed = Promise.race([
      crashed,
      notStarted.then(
        () => crashed,
        (error: unknown) => error,
      ),
    ]);
  }

  /** Fetches the partition from this offset on. Like `holdFetch` it does nothing outside the group. */
  fetchFrom(partition: number, offset: bigint): void {
    if (!this.#isInGroup) return;
    this.#consumer.seek({ topic: this.#topic, partition, offset: String(offset) });
    this.#consumer.resume([{ topic: this.#topic, partitions: [partition] }]);
  }

  holdFetch(partition: number): void {
    if (this.#isInGroup) this.#consumer.pause([{ topic: this.#topic, partitions: [partition] }]);
  }

  /** Waits for handlers under way, leaves the group and disconnects. */
  async stop(): Promise<void> {
    // kafkajs forgets a consumer that is stopped before it has joined, and that consumer joins all the same.
    await this.#started;
    await this.#consumer.disconnect();
  }

  async #start(
    { topic, partitionsConcurrent }: GroupMemberOptions,
    events: GroupMemberEvents,
  ): Promise<void> {
    const consumer = this.#consumer;
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      // Resolves when the member has joined, or has crashed.
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitionsConcurrent,
        eachBatch: ({ batch, heartbeat }) => events.fetched(batch.partition, fetchedOf(batch), heartbeat),
      });
    } catch (error) {
      await consumer.disconnect().catch(() => {});
      throw error;
    }
  }
}

function createConsumer(options: GroupMemberOptions): Consumer {
  return options.kafka.consumer({
    groupId: options.groupId,
    readUncommitted: false,
    sessionTimeout: options.sessionTimeoutMs,
    heartbeatInterval: options.heartbeatIntervalMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    minBytes: 1,
    maxBytes: options.fetchBytesMax,
    maxBytesPerPartition: options.fetchBytesPerPartition,
    maxWaitTimeInMs: options.fetchWaitMs,
    allowAutoTopicCreation: false,
    retry: {
      retries: 5,
      initialRetryTime: 100,
      maxRetryTime: 1_000,
      restartOnFailure: () => Promise.resolve(false),
    },
  });
}

function fetchedOf(batch: Batch): Fetched {
  // Where the fetch began is missing from kafkajs's types only.
  const { fetchedOffset } = batch as Batch & { readonly fetchedOffset: string };
  return {
    fromOffset: BigInt(fetchedOffset),
    records: batch.messages.map(logRecordOf),
    // Beyond the records, if invisible ones follow them.
    nextOffset: BigInt(batch.lastOffset()) + 1n,
    endOffset: BigInt(batch.highWatermark),
  };
}
