import type { Topic } from '@offerlock/schemas';
import type { CommittedOffset } from './owner/committed-offset.ts';
import type { RecordHeaders, TopicRecord } from './ports.ts';

export type { CommittedOffset };

/** A record that is moved from one log to another as it is, its time included. */
export interface TransferRecord {
  readonly key: Buffer | string | null;
  /** null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  readonly timestampMs: number;
}

/** First and next offset of a partition; equal where it holds nothing. */
export interface PartitionBounds {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

/**
 * A whole log from outside, for moving an installation: neither a producer, who cannot choose partitions and times, nor
 * a projector. Errors: `LOG_UNAVAILABLE`, `CONFIG_INVALID`.
 */
export interface LogTransfer {
  /** Name of the server that holds the log, for comparing; the same for all clients of one cluster. */
  identity(): Promise<string>;
  /** In order of partition. Error: `TOPIC_MISSING`. */
  bounds(topic: Topic): Promise<readonly PartitionBounds[]>;
  /**
   * Reads committed records from the given offset of each given partition (from what is left after it, where retention
   * went past it) up to the end that each had when the call began. Order holds within a partition, a call holds
   * records of one partition, and the next one waits for it.
   */
  read(
    topic: Topic,
    from: ReadonlyMap<number, bigint>,
    onRecords: (records: readonly TopicRecord[]) => void | Promise<void>,
  ): Promise<{ records: number }>;
  /**
   * Appends to the end of this very partition, in order, and resolves with the offset of the first record once the log
   * has all of them durably. There are no transactions, so the records take consecutive offsets unless somebody else
   * writes there. A rejected call may have written some of them. Calls for different partitions may overlap.
   */
  append(topic: Topic, partition: number, records: readonly TransferRecord[]): Promise<bigint>;
  /** The group of the projectors: how many are running, and by partition what they have committed. */
  group(): Promise<{ readonly members: number; readonly committed: readonly (CommittedOffset | null)[] }>;
  /** Sets what the group has committed, and fences projectors that believe they own the partition. May be repeated. */
  commit(partition: number, place: CommittedOffset): Promise<void>;
  close(): Promise<void>;
}
