import { openChunk, type Chunk, type ChunkPlace } from './chunk.ts';
import { baseOffsetOf, chunkKey, partitionKey } from './keys.ts';
import type { StoredBounds } from './ports.ts';
import type { Store } from './store.ts';

const offsetMax = 0xffff_ffff_ffff_ffffn;

/**
 * The chunks of one partition, as the last transaction left them. The newest chunk is never deleted, so what a partition
 * knows about itself is in its first and its last chunk and needs no place of its own.
 */
export class PartitionLog {
  readonly place: ChunkPlace;
  readonly #store: Store;
  readonly #before: Buffer;
  readonly #after: Buffer;
  #first: Chunk | null;
  #newest: Chunk | null;
  /** `bytesUpTo` of the chunk before the first. */
  #bytesDeleted: number;

  constructor(store: Store, place: ChunkPlace) {
    this.#store = store;
    this.place = place;
    this.#before = partitionKey(place.topic, place.partition);
    this.#after = chunkKey(place.topic, place.partition, offsetMax);
    const last = store.lastKey(store.chunks, this.#after, this.#before);
    this.#newest = last === null ? null : this.#load(baseOffsetOf(last));
    this.#first = this.#newest === null ? null : this.chunkFrom(0n);
    this.#bytesDeleted = this.#first === null ? 0 : this.#first.bytesUpTo - this.#first.bytes.length;
  }

  /** Offsets before the first record count as held while nothing was ever deleted: they name no record. */
  get bounds(): StoredBounds {
    const startOffset = this.#bytesDeleted === 0 ? 0n : (this.#first?.baseOffset ?? 0n);
    return { startOffset, endOffset: this.endOffset };
  }

  get endOffset(): bigint {
    return this.#newest === null ? 0n : this.#newest.lastOffset + 1n;
  }

  get first(): Chunk | null {
    return this.#first;
  }

  get newest(): Chunk | null {
    return this.#newest;
  }

  /** Bytes of all chunks there ever were. */
  get bytesUpTo(): number {
    return this.#newest?.bytesUpTo ?? 0;
  }

  get sizeBytes(): number {
    return this.bytesUpTo - this.#bytesDeleted;
  }

  /** The chunk with the offset, else the first one after it. null: there is none. */
  chunkAt(offset: bigint): Chunk | null {
    if (this.#newest !== null && offset >= this.#newest.baseOffset) {
      return offset <= this.#newest.lastOffset ? this.#newest : null;
    }
    const { place } = this;
    const key = this.#store.lastKey(
      this.#store.chunks,
      chunkKey(place.topic, place.partition, offset),
      this.#before,
    );
    const found = key === null ? null : this.#load(baseOffsetOf(key));
    return found !== null && found.lastOffset >= offset ? found : this.chunkFrom(offset);
  }

  /** The first chunk that begins at the offset or later. */
  chunkFrom(offset: bigint): Chunk | null {
    const { topic, partition } = this.place;
    const key = this.#store.firstKey(this.#store.chunks, chunkKey(topic, partition, offset), this.#after);
    return key === null ? null : this.#load(baseOffsetOf(key));
  }

  /** All chunks that begin at the offset or later. Must be used up before anything else is awaited. */
  *chunksFrom(offset: bigint): Generator<Chunk> {
    const { topic, partition } = this.place;
    const { chunks } = this.#store;
    for (const { key, value } of this.#store.entries(
      chunks,
      chunkKey(topic, partition, offset),
      this.#after,
    )) {
      yield openChunk(this.place, baseOffsetOf(key), value);
    }
  }

  /** The last chunk that ends before the offset. */
  chunkBefore(offset: bigint): Chunk | null {
    if (offset === 0n) return null;
    const { topic, partition } = this.place;
    const key = this.#store.lastKey(
      this.#store.chunks,
      chunkKey(topic, partition, offset - 1n),
      this.#before,
    );
    return key === null ? null : this.#load(baseOffsetOf(key));
  }

  /** The transaction that wrote them is durable. */
  appended(chunks: readonly Chunk[]): void {
    this.#first ??= chunks[0] ?? null;
    this.#newest = chunks.at(-1) ?? this.#newest;
  }

  /** The transaction that deleted all chunks before this one is durable. */
  deletedBefore(first: Chunk): void {
    this.#first = first;
    this.#bytesDeleted = first.bytesUpTo - first.bytes.length;
  }

  /** The transaction that made other chunks of some before the newest is durable. */
  repacked(): void {
    this.#first = this.chunkFrom(0n);
  }

  #load(baseOffset: bigint): Chunk {
    const { topic, partition } = this.place;
    const bytes = this.#store.get(this.#store.chunks, chunkKey(topic, partition, baseOffset));
    return openChunk(this.place, baseOffset, bytes ?? Buffer.alloc(0));
  }
}
