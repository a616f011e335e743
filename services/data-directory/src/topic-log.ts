import { chunkHeaderBytes, recordsOf, type Chunk } from './chunk.ts';
import { frameEnd, frameOffsetDelta, readFrame, requireFrameable } from './frame.ts';
import { PartitionLog } from './partition-log.ts';
import type { NewStoredRecord, StoredBounds, StoredRange, StoredRecord, StoredTopic } from './ports.ts';
import type { Store } from './store.ts';

/** Where the last read of a partition ended: the next one mostly begins there. */
interface ReadPosition {
  readonly chunk: Chunk;
  readonly offset: bigint;
  readonly at: number;
}

/** The records of a topic, in all partitions. */
export class TopicLog implements StoredTopic {
  readonly name: string;
  readonly partitions: readonly PartitionLog[];
  readonly chunkBytesMax: number;
  readonly #positions: (ReadPosition | null)[];
  readonly #listeners = new Set<(partition: number) => void>();

  constructor(
    store: Store,
    name: string,
    options: { readonly partitions: number; readonly chunkBytesMax: number },
  ) {
    this.name = name;
    this.chunkBytesMax = options.chunkBytesMax;
    this.partitions = Array.from(
      { length: options.partitions },
      (_, partition) => new PartitionLog(store, { topic: name, partition }),
    );
    this.#positions = this.partitions.map(() => null);
  }

  partition(number: number): PartitionLog {
    const partition = this.partitions[number];
    if (partition === undefined) throw new Error(`topic ${this.name} has no partition ${number}`);
    return partition;
  }

  bounds(partition: number): StoredBounds {
    return this.partition(partition).bounds;
  }

  read(
    partition: number,
    fromOffset: bigint,
    limits: { readonly recordsMax: number; readonly bytesMax: number },
  ): StoredRange {
    const log = this.partition(partition);
    const { startOffset, endOffset } = log.bounds;
    let nextOffset = fromOffset > startOffset ? fromOffset : startOffset;
    let position = this.#positionAt(log, nextOffset);
    const records: StoredRecord[] = [];
    let bytesLeft = limits.bytesMax;
    while (position !== null) {
      const { chunk } = position;
      let { at } = position;
      while (at < chunk.bytes.length) {
        const end = frameEnd(chunk.bytes, at);
        bytesLeft -= end - at;
        if (records.length === limits.recordsMax || (bytesLeft < 0 && records.length > 0)) {
          this.#positions[partition] = { chunk, at, offset: nextOffset };
          return { records, nextOffset, endOffset };
        }
        const record = readFrame(chunk.bytes, at, chunk.baseOffset);
        records.push(record);
        nextOffset = record.offset + 1n;
        at = end;
      }
      // The next chunk is not fetched from the disk for nothing.
      const isFull = records.length === limits.recordsMax || bytesLeft <= 0;
      position = isFull ? null : startOf(log.chunkAt(nextOffset));
    }
    this.#positions[partition] = null;
    return { records, nextOffset, endOffset };
  }

  latest(partition: number, count: number): readonly StoredRecord[] {
    const log = this.partition(partition);
    const chunks: Chunk[] = [];
    let found = 0;
    for (let chunk = log.newest; chunk !== null && found < count; chunk = log.chunkBefore(chunk.baseOffset)) {
      chunks.push(chunk);
      found += chunk.recordCount;
    }
    return chunks
      .toReversed()
      .flatMap(recordsOf)
      .slice(Math.max(found - count, 0));
  }

  sizeBytes(): number {
    return this.partitions.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
  }

  onAppend(listener: (partition: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws what keeps the record from being appended. */
  requireAppendable(record: NewStoredRecord): void {
    requireFrameable(record);
  }

  /** The transaction that wrote them is durable. */
  appended(partition: number, chunks: readonly Chunk[]): void {
    this.partition(partition).appended(chunks);
    // Each on its own: what one of them throws is the caller's, and must not end the transaction of others.
    for (const listener of this.#listeners) queueMicrotask(() => listener(partition));
  }

  #positionAt(log: PartitionLog, offset: bigint): ReadPosition | null {
    if (offset >= log.endOffset) return null;
    const known = this.#positions[log.place.partition] ?? null;
    if (known?.offset === offset) return known;
    const position = startOf(log.chunkAt(offset));
    if (position === null) return null;
    const { chunk } = position;
    let { at } = position;
    while (chunk.baseOffset + BigInt(frameOffsetDelta(chunk.bytes, at)) < offset)
      at = frameEnd(chunk.bytes, at);
    return { chunk, at, offset };
  }
}

function startOf(chunk: Chunk | null): ReadPosition | null {
  return chunk === null ? null : { chunk, at: chunkHeaderBytes, offset: chunk.baseOffset };
}
