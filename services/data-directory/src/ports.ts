/** Headers of a record; values are bytes or UTF-8 text. */
export type StoredHeaders = Readonly<Record<string, Buffer | string>>;

/** A record on its way into a topic. */
export interface NewStoredRecord {
  readonly key: Buffer | string | null;
  /** null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: StoredHeaders;
  /** ms since 1970; the time of the write where it is absent. */
  readonly timestampMs?: number;
  /** Leaves a gap before this record; not below the end of the partition. Absent: the next offset. */
  readonly offset?: bigint;
}

export interface StoredRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: StoredHeaders;
  readonly timestampMs: number;
}

export interface StoredRange {
  /** In order of offset; may be empty although more follow a gap. */
  readonly records: readonly StoredRecord[];
  /** Where to go on. */
  readonly nextOffset: bigint;
  readonly endOffset: bigint;
}

/** First and next offset of a partition; equal where it holds nothing. */
export interface StoredBounds {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

/**
 * One topic of the directory: partitions of records that are appended, never changed, and deleted from the beginning by
 * retention. Reads see what the last transaction left. What they give out may share memory with other records read.
 */
export interface StoredTopic {
  readonly name: string;
  bounds(partition: number): StoredBounds;
  /**
   * Records from `fromOffset` on (from the start where that is later), at most `recordsMax` and about
   * `bytesMax`; at least one where there is any. Error: `LOG_CORRUPT` with topic, partition and offset.
   */
  read(partition: number, fromOffset: bigint, limits: { recordsMax: number; bytesMax: number }): StoredRange;
  /** The newest `count` records of a partition, oldest first. */
  latest(partition: number, count: number): readonly StoredRecord[];
  /** Bytes that the topic takes, about. */
  sizeBytes(): number;
  /** Calls back after every transaction that appended to the topic. Answers with a function that ends it. */
  onAppend(listener: (partition: number) => void): () => void;
}

/** A record of a compacted topic with the partition it was appended to. */
export interface StoredEntry {
  readonly partition: number;
  readonly record: StoredRecord;
}

/**
 * A topic that keeps the newest record of each key. Records are appended and read as in any topic; those that a newer
 * record of their key has replaced disappear after a while, and tombstones too, so that a reader from the start sees at
 * least the newest record of each key. Every record needs a key (UTF-8, at most 1,500 bytes), which goes to the same
 * partition each time; a record without a value removes its key. No retention by age or size.
 */
export interface CompactedTopic extends StoredTopic {
  /** The newest value of the key, null where there is none or a tombstone. Without I/O where the record is recent. */
  get(key: string): { readonly value: Buffer; readonly timestampMs: number } | null;
  /** Keys that begin so and have a value, in order of their bytes, at most `limit`, after `after` where it is given. */
  keys(prefix: string, limit: number, after?: string): readonly string[];
  /**
   * The newest record of each key that has a value, in order of key, at most `limit`, after `after` where it is given.
   * Called again with the last key it goes through the whole topic; keys that are there all the time are met once each,
   * whatever is appended or compacted meanwhile.
   */
  entries(limit: number, after?: string): readonly StoredEntry[];
  /** Number of keys with a value; expired ones count until maintenance has removed them. */
  readonly keyCount: number;
}

/** What a job may do inside a write transaction. Reads inside it see its own writes and those of jobs before it. */
export interface WriteTransaction {
  /** Answers with the offset of the first record appended. */
  append(topic: StoredTopic, partition: number, records: readonly NewStoredRecord[]): bigint;
  /** The newest value of the key; null where there is none or a tombstone. */
  newest(topic: CompactedTopic, key: string): Buffer | null;
  get(table: StoredTable, key: string): Buffer | null;
  put(table: StoredTable, key: string, value: Buffer): void;
  remove(table: StoredTable, key: string): void;
}

/** Small facts by key: offsets, counters, schemas. */
export interface StoredTable {
  readonly name: string;
  get(key: string): Buffer | null;
  /** In order of key. */
  entries(prefix?: string): Iterable<readonly [key: string, value: Buffer]>;
}

/**
 * One directory with everything an installation without servers keeps. One process has it open at a time. Jobs that wait
 * are written in one transaction together, which is on the disk when their promises resolve: a process that is killed, or
 * a machine that loses its power, loses nothing that was acknowledged, and never keeps half a job.
 */
export interface DataDirectory {
  readonly path: string;
  /** Made when the directory was; a UUID. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly partitions: number;
  topic(name: string): StoredTopic;
  compactedTopic(name: string): CompactedTopic;
  table(name: string): StoredTable;
  /**
   * Runs the job in the next write transaction and resolves with its result once that is durable. Jobs run in the order
   * of the calls. A job that throws leaves nothing, and only its own promise rejects. The bytes of records and values must
   * not change until the promise settles. Errors: `LOG_UNAVAILABLE` when the disk is full or fails; nothing of the
   * transaction is kept then, and the next may succeed.
   */
  write<T>(job: (transaction: WriteTransaction) => T): Promise<T>;
  /**
   * Does what is due now of retention, compaction and expiry; a timer does the same. Small steps between other writes.
   */
  maintain(): Promise<void>;
  /** Waits for what is being written, then lets go of the directory. May be repeated. */
  close(): Promise<void>;
}
