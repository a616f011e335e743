import { chunkHeaderBytes, type Chunk } from './chunk.ts';
import { frameEnd, frameKey, frameTimestampMs, frameValue, readFrame } from './frame.ts';
import { chunkKey, keyBytesMax } from './keys.ts';
import type { CompactedTopic, NewStoredRecord, StoredEntry } from './ports.ts';
import { Rows } from './rows.ts';
import type { StagedTransaction } from './staged-transaction.ts';
import type { Change, Store } from './store.ts';
import { TailIndex, type TailEntry } from './tail-index.ts';
import { TopicLog } from './topic-log.ts';

export interface CompactedLogOptions {
  readonly now: () => number;
  /** A key whose newest record is older is gone. null: keys stay. */
  readonly keyTtlMs: number | null;
}

/** One character per byte: the names that the index and the table go by. */
const nameOf = (key: string): string => Buffer.from(key).toString('latin1');
const keyOf = (name: string): string => Buffer.from(name, 'latin1').toString();

export class CompactedLog extends TopicLog implements CompactedTopic {
  readonly #store: Store;
  readonly #rows: Rows;
  readonly #index = new TailIndex();
  /** The chunks of the tail by partition, oldest first. */
  readonly #tail: Chunk[][];
  readonly #options: CompactedLogOptions;
  #recordsSinceStep = 0;
  #nextExpiryMs = -Infinity;

  constructor(store: Store, name: string, partitionCount: number, options: CompactedLogOptions) {
    super(store, name, partitionCount);
    this.#store = store;
    this.#options = options;
    this.#rows = new Rows(store, name);
    this.#tail = this.partitions.map((log) => {
      const chunks: Chunk[] = [];
      for (let { first: chunk } = log; chunk !== null; chunk = log.chunkAt(chunk.lastOffset + 1n)) {
        chunks.push(chunk);
        this.#index.add(log.place.partition, chunk);
      }
      return chunks;
    });
  }

  /** Bytes of the tail. */
  get tailBytes(): number {
    return super.sizeBytes();
  }

  get keyCount(): number {
    return this.#rows.count + this.#index.keysBeyond((name) => this.#rows.has(name));
  }

  get(key: string): { readonly value: Buffer; readonly timestampMs: number } | null {
    const name = nameOf(key);
    const entry = this.#index.get(name);
    if (entry === undefined) {
      const record = this.#rows.get(name)?.record;
      if (record === undefined || record.value === null || this.#isExpired(record.timestampMs)) return null;
      return { value: record.value, timestampMs: record.timestampMs };
    }
    const { bytes } = entry.chunk;
    const value = frameValue(bytes, entry.at);
    const timestampMs = frameTimestampMs(bytes, entry.at);
    if (value === null || this.#isExpired(timestampMs)) return null;
    // A copy: who keeps the value must not keep the whole chunk.
    return { value: Buffer.from(value), timestampMs };
  }

  keys(prefix: string, limit: number, after?: string): readonly string[] {
    const names: string[] = [];
    const wanted = nameOf(prefix);
    if (limit <= 0) return names;
    for (const [name] of this.#live(startAfter(wanted, after))) {
      if (!name.startsWith(wanted) || names.push(keyOf(name)) === limit) break;
    }
    return names;
  }

  entries(limit: number, after?: string): readonly StoredEntry[] {
    const entries: StoredEntry[] = [];
    if (limit <= 0) return entries;
    for (const [, entry] of this.#live(startAfter('', after))) {
      if (entries.push(entry) === limit) break;
    }
    return entries;
  }

  override sizeBytes(): number {
    return this.tailBytes + this.#rows.sizeBytes;
  }

  override requireAppendable({ key }: NewStoredRecord): void {
    const keyBytes = key === null ? 0 : Buffer.byteLength(key);
    if (keyBytes === 0 || keyBytes > keyBytesMax) {
      throw new Error(
        `a record of the compacted topic ${this.name} needs a key of 1 to ${keyBytesMax} bytes`,
      );
    }
  }

  override appended(partition: number, chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      this.#tail[partition]?.push(chunk);
      this.#index.add(partition, chunk);
      this.#recordsSinceStep += chunk.recordCount;
    }
    super.appended(partition, chunks);
  }

  /**
   * Stages one step of compaction: the oldest chunks of the partition with the longest tail go, what is newest in them
   * becomes rows. Steps keep up with the appends between them. false: there is nothing to move.
   */
  stageCompaction(transaction: StagedTransaction, recordsMin: number): boolean {
    const partition = this.#longestTail();
    const chunks = this.#tail[partition] as Chunk[];
    const wanted = Math.max(recordsMin, 2 * this.#recordsSinceStep);
    let count = 0;
    let records = 0;
    // The newest chunk stays: it knows where the partition ends.
    while (count < chunks.length - 1 && records < wanted) records += (chunks[count++] as Chunk).recordCount;
    if (count === 0) return false;
    this.#recordsSinceStep = 0;

    const moved = chunks.slice(0, count).flatMap((chunk) => this.#newestIn(chunk));
    moved.sort(([a], [b]) => (a < b ? -1 : 1));
    const changes: Change[] = moved.map(([name, { chunk, at }]) => {
      const record = readFrame(chunk.bytes, at, chunk.baseOffset);
      return this.#rows.change(name, partition, this.#isExpired(record.timestampMs) ? null : record);
    });
    for (const { baseOffset } of chunks.slice(0, count)) {
      changes.push({
        values: this.#store.chunks,
        key: chunkKey(this.name, partition, baseOffset),
        value: null,
      });
    }
    transaction.change(changes, () => {
      for (const [name, entry] of moved) this.#index.remove(name, entry);
      chunks.splice(0, count);
      this.partition(partition).deletedBefore(chunks[0] as Chunk);
    });
    return true;
  }

  /**
   * Whether expired rows have to be looked for: going through the whole table is work, so not more than some hundred
   * times in the life of a key.
   */
  isExpiryDue(): boolean {
    const { keyTtlMs, now } = this.#options;
    if (keyTtlMs === null || now() < this.#nextExpiryMs) return false;
    this.#nextExpiryMs = now() + keyTtlMs / 400;
    return true;
  }

  /**
   * Stages the removal of expired rows among the next `rowsMax` after a name. Answers with the last name it looked at,
   * null at the end.
   */
  stageExpiry(transaction: StagedTransaction, after: string | null, rowsMax: number): string | null {
    let looked = 0;
    let last: string | null = null;
    const changes: Change[] = [];
    for (const [name, { partition, record }] of this.#rows.from(after === null ? '' : `${after}\0`)) {
      if (looked === rowsMax) break;
      looked += 1;
      last = name;
      if (!this.#isExpired(record.timestampMs) || this.#index.get(name) !== undefined) continue;
      changes.push(this.#rows.change(name, partition, null));
    }
    if (changes.length > 0) transaction.change(changes, () => {});
    return looked === rowsMax ? last : null;
  }

  /** By what could be moved: the newest chunk stays. */
  #longestTail(): number {
    const movable = this.partitions.map(({ sizeBytes, newest }) => sizeBytes - (newest?.bytes.length ?? 0));
    return movable.indexOf(Math.max(...movable));
  }

  #newestIn(chunk: Chunk): (readonly [name: string, entry: TailEntry])[] {
    const newest: (readonly [string, TailEntry])[] = [];
    const { bytes } = chunk;
    for (let at = chunkHeaderBytes; at < bytes.length; at = frameEnd(bytes, at)) {
      const name = (frameKey(bytes, at) as Buffer).toString('latin1');
      const entry = this.#index.get(name);
      if (entry !== undefined && entry.chunk === chunk && entry.at === at) newest.push([name, entry]);
    }
    return newest;
  }

  /** What readers see, in order of name: of each key the tail's record, else the table's. */
  *#live(start: string): Generator<readonly [name: string, entry: StoredEntry]> {
    const tail = this.#index.from(start);
    const rows = this.#rows.from(start);
    try {
      let next = tail.next();
      let row = rows.next();
      while (next.done !== true || row.done !== true) {
        const tailName = next.done === true ? null : next.value[0];
        const rowName = row.done === true ? null : row.value[0];
        const fromTail = tailName !== null && (rowName === null || tailName <= rowName);
        if (fromTail) {
          const [, { chunk, at, partition }] = next.value as readonly [string, TailEntry];
          const record = readFrame(chunk.bytes, at, chunk.baseOffset);
          if (record.value !== null && !this.#isExpired(record.timestampMs)) {
            yield [tailName, { partition, record }];
          }
          next = tail.next();
          if (tailName === rowName) row = rows.next();
        } else {
          const [name, entry] = row.value as readonly [string, StoredEntry];
          if (!this.#isExpired(entry.record.timestampMs)) yield [name, entry];
          row = rows.next();
        }
      }
    } finally {
      rows.return(undefined);
    }
  }

  #isExpired(timestampMs: number): boolean {
    const { keyTtlMs, now } = this.#options;
    return keyTtlMs !== null && timestampMs < now() - keyTtlMs;
  }
}

/** The least name that may follow: of those that begin so, and after the key. */
function startAfter(prefix: string, after: string | undefined): string {
  const next = after === undefined ? prefix : `${nameOf(after)}\0`;
  return next > prefix ? next : prefix;
}
