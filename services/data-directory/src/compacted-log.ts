import { OfferlockError } from '@offerlock/lifecycle';
import { frameAt, keyedChunkBytesMax, type Chunk } from './chunk.ts';
import { readFrame } from './frame.ts';
import { KeyIndex } from './key-index.ts';
import { keyBytesMax } from './keys.ts';
import { mergeNewest, type Merged } from './merge-newest.ts';
import type { CompactedTopic, NewStoredRecord, StoredBounds, StoredEntry, StoredRecord } from './ports.ts';
import { loadSettledPart, type SettledEnd, type SettledPart } from './settled-part.ts';
import type { Store } from './store.ts';
import { entryOffset, TailIndex, type TailChunk, type TailEntry } from './tail-index.ts';
import { TopicLog } from './topic-log.ts';

export interface CompactedLogOptions {
  readonly partitions: number;
  readonly now: () => number;
  /** A key whose newest record is older is gone. null: keys stay. */
  readonly keyTtlMs: number | null;
  /** So many bytes of the newest chunks are kept in memory. */
  readonly recentBytesMax: number;
}

/** The part of the tail that is being settled. */
export interface FrozenTail {
  readonly index: TailIndex;
  readonly ends: readonly SettledEnd[];
  /** Whether the record will be there afterwards: not if it is a tombstone, or was expired at the beginning. */
  keeps(entry: TailEntry): boolean;
}

/** One character per byte: the names that the indexes go by. That of an ASCII key is the key. */
const nameOf = (key: string): string => (isAscii(key) ? key : Buffer.from(key).toString('latin1'));
const keyOf = (name: string): string => (isAscii(name) ? name : Buffer.from(name, 'latin1').toString());

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) > 0x7f) return false;
  }
  return true;
}

/**
 * A topic with an index by key. All records lie in chunks, as in every topic. The keys of the tail, the newest chunks, are
 * in memory; those of all chunks before it in LMDB, 18 bytes each, because a change there costs a page of the disk. When
 * the tail has become long it is settled, see `settling.ts`.
 */
export class CompactedLog extends TopicLog implements CompactedTopic {
  readonly store: Store;
  readonly index: KeyIndex;
  readonly #options: CompactedLogOptions;
  #settled: SettledPart;
  #tail = new TailIndex();
  #frozen: FrozenTail | null = null;
  /** Number of keys in the index, as the last change of it left them. */
  #keysBelow: number;
  readonly #recent: TailChunk[] = [];
  #recentBytes = 0;
  #appendedRecords = 0;
  #nextExpiryMs = -Infinity;

  constructor(store: Store, name: string, options: CompactedLogOptions) {
    super(store, name, { partitions: options.partitions, chunkBytesMax: keyedChunkBytesMax });
    this.store = store;
    this.#options = options;
    this.index = new KeyIndex(store, name);
    this.#keysBelow = this.index.count;
    this.#settled = loadSettledPart(store, name, options.partitions);
    for (const [partition, { offset }] of this.#settled.ends.entries()) {
      for (const chunk of this.partition(partition).chunksFrom(offset)) this.#index(partition, chunk);
    }
  }

  get settled(): SettledPart {
    return this.#settled;
  }

  /** Ever, since the directory was opened. */
  get appendedRecords(): number {
    return this.#appendedRecords;
  }

  /** Settled records that newer ones have replaced; only meaningful while nothing is being settled. */
  get garbageRecords(): number {
    return this.#settled.records - this.index.count;
  }

  get tailKeys(): number {
    return this.#tail.size;
  }

  get tailBytes(): number {
    return this.partitions.reduce(
      (bytes, log, partition) => bytes + log.bytesUpTo - (this.#settled.ends[partition]?.bytesUpTo ?? 0),
      0,
    );
  }

  get keyCount(): number {
    const frozen = this.#frozen?.index;
    const isBelowFrozen = (name: string) => this.index.has(name);
    const isBelow = (name: string) => {
      const entry = frozen?.get(name);
      return entry === undefined ? isBelowFrozen(name) : this.#frozen?.keeps(entry) === true;
    };
    return this.#keysBelow + (frozen?.keysBeyond(isBelowFrozen) ?? 0) + this.#tail.keysBeyond(isBelow);
  }

  get(key: string): { readonly value: Buffer; readonly timestampMs: number } | null {
    const name = nameOf(key);
    const place = this.#tail.get(name) ?? this.#frozen?.index.get(name) ?? this.index.get(name);
    if (place === null || this.isExpired(place.timestampMs) || ('hasValue' in place && !place.hasValue))
      return null;
    const { value } = this.#entry(place).record;
    // A copy: who keeps the value must not keep the whole chunk.
    return { value: Buffer.from(value as Buffer), timestampMs: place.timestampMs };
  }

  keys(prefix: string, limit: number, after?: string): readonly string[] {
    const names: string[] = [];
    const wanted = nameOf(prefix);
    for (const [name] of this.#live(startAfter(wanted, after))) {
      if (names.length >= limit || !name.startsWith(wanted)) break;
      names.push(keyOf(name));
    }
    return names;
  }

  entries(limit: number, after?: string): readonly StoredEntry[] {
    const places: Merged[] = [];
    for (const [, place] of this.#live(startAfter('', after))) {
      if (places.length >= limit) break;
      places.push(place);
    }
    return places.map((place) => this.#entry(place));
  }

  /** Of the tail. */
  override bounds(partition: number): StoredBounds {
    const { first, endOffset } = this.partition(partition);
    return { startOffset: first?.baseOffset ?? 0n, endOffset };
  }

  override sizeBytes(): number {
    return this.tailBytes + this.#settled.bytes + this.index.sizeBytes;
  }

  override requireAppendable(record: NewStoredRecord): void {
    super.requireAppendable(record);
    const { key } = record;
    const keyBytes = key === null ? 0 : Buffer.byteLength(key);
    if (keyBytes === 0 || keyBytes > keyBytesMax) {
      throw new Error(
        `a record of the compacted topic ${this.name} needs a key of 1 to ${keyBytesMax} bytes`,
      );
    }
  }

  override appended(partition: number, chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      this.#index(partition, chunk);
      this.#appendedRecords += chunk.recordCount;
    }
    super.appended(partition, chunks);
  }

  /** What is appended from now on is a new tail. */
  freeze(): FrozenTail {
    if (this.#frozen !== null) throw new Error(`the tail of ${this.name} is being settled already`);
    const ends = this.partitions.map(({ endOffset, bytesUpTo }) => ({ offset: endOffset, bytesUpTo }));
    const expiredBefore = this.#expiredBefore();
    const keeps = ({ hasValue, timestampMs }: TailEntry) => hasValue && timestampMs >= expiredBefore;
    this.#frozen = { index: this.#tail, ends, keeps };
    this.#tail = new TailIndex();
    return this.#frozen;
  }

  /** The places of these entries of the frozen tail are in the key index now. */
  indexed(entries: readonly (readonly [name: string, entry: TailEntry])[]): void {
    if (this.#frozen === null) return;
    for (const [, entry] of entries) this.#frozen.index.note(entry, this.#frozen.keeps(entry));
    this.#keysBelow = this.index.count;
  }

  /** The frozen tail is part of the settled one. */
  unfreeze(settled: SettledPart): void {
    this.#settled = settled;
    this.#frozen = null;
    this.#keysBelow = this.index.count;
  }

  /** Records nobody refers to have left the settled part. */
  cleaned(settled: SettledPart): void {
    this.#settled = settled;
  }

  isExpired(timestampMs: number): boolean {
    return timestampMs < this.#expiredBefore();
  }

  /** Going through all keys is work: not more than some hundred times in the life of a key. */
  isExpiryDue(): boolean {
    const { keyTtlMs, now } = this.#options;
    if (keyTtlMs === null || now() < this.#nextExpiryMs) return false;
    this.#nextExpiryMs = now() + keyTtlMs / 400;
    return true;
  }

  isInTail(name: string): boolean {
    return this.#tail.get(name) !== undefined || this.#frozen?.index.get(name) !== undefined;
  }

  /** So many keys have left the key index. */
  keysRemoved(count: number): void {
    this.#keysBelow -= count;
  }

  #expiredBefore(): number {
    const { keyTtlMs, now } = this.#options;
    return keyTtlMs === null ? -Infinity : now() - keyTtlMs;
  }

  #index(partition: number, chunk: Chunk): void {
    const { baseOffset, bytes } = chunk;
    const tailChunk: TailChunk = { partition, baseOffset, bytes };
    this.#tail.add(tailChunk, chunk);
    this.#recent.push(tailChunk);
    this.#recentBytes += bytes.length;
    while (this.#recentBytes > this.#options.recentBytesMax) {
      const oldest = this.#recent.shift() as TailChunk;
      this.#recentBytes -= oldest.bytes?.length ?? 0;
      oldest.bytes = null;
    }
  }

  /** What readers see, in order of name: each key with a value and its newest place. */
  *#live(start: string): Generator<readonly [name: string, place: Merged], undefined> {
    const sources = [this.#tail.from(start), this.index.from(start)];
    if (this.#frozen !== null) sources.splice(1, 0, this.#frozen.index.from(start));
    for (const [name, place] of mergeNewest(sources)) {
      if (this.isExpired(place.timestampMs) || ('hasValue' in place && !place.hasValue)) continue;
      yield [name, place];
    }
    return undefined;
  }

  #entry(place: Merged): StoredEntry {
    if (!('chunk' in place))
      return { partition: place.partition, record: this.#recordAt(place.partition, place.offset) };
    const { chunk, at } = place;
    const record =
      chunk.bytes === null
        ? this.#recordAt(chunk.partition, entryOffset(place))
        : readFrame(chunk.bytes, at, chunk.baseOffset);
    return { partition: chunk.partition, record };
  }

  #recordAt(partition: number, offset: bigint): StoredRecord {
    const chunk = this.partition(partition).chunkAt(offset);
    const at = chunk === null ? null : frameAt(chunk, offset);
    if (chunk !== null && at !== null) return readFrame(chunk.bytes, at, chunk.baseOffset);
    throw new OfferlockError(
      'LOG_CORRUPT',
      `topic ${this.name}, partition ${partition}, has no record at offset ${offset}, where one must be. Nothing was ` +
        'changed; restore the data directory from a copy',
      { details: { topic: this.name, partition, offset } },
    );
  }
}

/** The least name that may follow: of those that begin so, and after the key. */
function startAfter(prefix: string, after: string | undefined): string {
  const next = after === undefined ? prefix : `${nameOf(after)}\0`;
  return next > prefix ? next : prefix;
}
