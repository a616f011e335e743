import type { Topic } from '@offerlock/schemas';

/** One record of the events topic, as it lies in the log. */
export interface LogRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** The log's own time of the record, in ms. */
  readonly timestampMs: number;
}

export type RecordHeaders = Readonly<Record<string, Buffer | string>>;

/** Records of one partition, to be processed and committed as one. */
export interface LogBatch {
  readonly partition: number;
  /** The committed offset: where every attempt at this range begins. */
  readonly startOffset: bigint;
  /** Fencing token of the claim that this batch is processed under; greater than that of any earlier owner. */
  readonly epoch: number;
  /**
   * Epoch of the first claim that found a committed offset without our mark, or none at all: a new group, or an
   * operator who moved the offset. Since that claim the committed offset has only grown, by our own commits; a state
   * that an earlier claim wrote at or after `startOffset` therefore belongs to no failed attempt, and the processor
   * must stop. The mark travels in the metadata of every commit: `offerlock:1:<epoch, hex>:<trustedEpoch, hex>`.
   */
  readonly trustedEpoch: number;
  /** In order of offset, never empty. */
  readonly records: readonly LogRecord[];
  /** First offset that nobody has written yet, as of this batch: the end that lag is measured to. */
  readonly endOffset: bigint;
}

/** The topics that a batch may write to; the adapter knows their names. */
export type OutputTopic = 'metrics' | 'deadLetters' | 'offerStates' | 'timers';

export interface OutputRecord {
  readonly topic: OutputTopic;
  readonly key: Buffer | string | null;
  /** null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}

/**
 * Turns a batch into what shall be committed with it. May be called again for a range it has seen (under a greater
 * epoch, after any failure), and must then give the same outputs. An `OfferlockError` it rejects with decides by its
 * handling: `retry` ends the claim and begins again from the committed offset after a pause, `halt` stops the
 * partition. Any other error is a broken invariant and makes `Consumption.done` reject.
 */
export type BatchHandler = (batch: LogBatch) => Promise<readonly OutputRecord[]>;

/** How a consumption tells what it does; for logs and metrics. Calls must not throw. */
export interface ConsumptionObserver {
  claimed(event: { partition: number; epoch: number; startOffset: bigint; durationMs: number }): void;
  /** The claim ended: `fenced` by another owner, `failed` by an error, or `released` on purpose. */
  claimEnded(event: {
    partition: number;
    epoch: number;
    cause: 'fenced' | 'failed' | 'released';
    error?: unknown;
  }): void;
  committed(event: {
    partition: number;
    nextOffset: bigint;
    records: number;
    outputs: number;
    /** From the first output sent to the end of the transaction. */
    transactionMs: number;
  }): void;
  halted(event: { partition: number; error: unknown }): void;
}

export interface PartitionStatus {
  readonly partition: number;
  /** `idle`: assigned, nothing to do so far. `waiting`: pausing after a retryable error. */
  readonly status: 'idle' | 'claimed' | 'waiting' | 'halted';
  /** Next offset to process; null before the first claim. */
  readonly nextOffset: bigint | null;
  /** As of the latest fetch; null before it. */
  readonly endOffset: bigint | null;
  /** Why it waits or halted. */
  readonly error: unknown;
}

/** A running consumption of the events topic by one member of the group. */
export interface Consumption {
  /** Of the partitions assigned to this member, in order. */
  partitions(): readonly PartitionStatus[];
  /**
   * Finishes the batches in hand (or abandons them uncommitted after `stopTimeoutMs`), leaves the group, resolves
   * `done`. A second call returns the same promise.
   */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the consumption cannot go on. */
  readonly done: Promise<void>;
}

/**
 * The events topic with its consumer group.
 *
 * Guarantees: records of a partition come in order, one batch at a time, and the next begins where the last was
 * committed. A batch's outputs and its offset become visible together or not at all. Before the first batch of a
 * partition the adapter takes a claim, which fences every earlier owner; after any failure it takes a new one. The
 * adapter retries; the handler does not. While a dependency is down it keeps its place in the group and waits.
 */
export interface EventLog {
  consume(handler: BatchHandler, observer: ConsumptionObserver): Promise<Consumption>;
  /**
   * Checks that all topics exist with the same number of partitions as the events topic, and returns that number.
   * Errors: `TOPIC_MISSING`, `PARTITION_COUNT_CHANGED`, `LOG_UNAVAILABLE`.
   */
  checkTopics(): Promise<{ partitions: number }>;
  /**
   * The next offset of each partition of the events topic, as of the call: every record appended before it lies below,
   * also where an open transaction still hides it from readers. So may what no reader ever sees; on Kafka a partition that a transaction has written to ends with its marker, which takes
   * an offset of its own, so that the end is beyond the last record. Error: `LOG_UNAVAILABLE`.
   */
  endOffsets(): Promise<ReadonlyMap<number, bigint>>;
  /** Stops every consumption and frees the connections. */
  close(): Promise<void>;
}

/** The topics that producers write to themselves. */
export type SinkTopic = 'events' | 'blockedOffers';

/** An encoded record on its way into the log. The key is `tenantId/customerId`, so that a customer keeps its order. */
export interface SinkRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}

/**
 * Where producers put events, or what else happens at the edge: an adapter's sink is of one topic. `append` resolves once the log has all records durably (all replicas acknowledged), in
 * order per key; a rejected call may have written some of them, so a caller that repeats it may duplicate, which
 * the fold recognises. Error: `LOG_UNAVAILABLE`.
 */
export interface EventSink {
  append(records: readonly SinkRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** A committed record of any topic, for readers outside the consumer group (reports, restores, checks). */
export interface TopicRecord extends LogRecord {
  readonly partition: number;
}

/**
 * Reads a whole topic from its beginning up to the end it had when the call began, committed records only, without a
 * consumer group. Order holds within a partition. Memory is bounded by a few fetches.
 *
 * Of a compacted topic it gives the newest record of each key at least; of earlier ones, and of records without value,
 * whatever compaction has left. Where each key comes once, it may come out of order, and newer than the call.
 */
export interface TopicReader {
  read(
    topic: Topic,
    onRecords: (records: readonly TopicRecord[]) => void | Promise<void>,
  ): Promise<{ records: number }>;
  close(): Promise<void>;
}
