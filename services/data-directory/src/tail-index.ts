import { chunkHeaderBytes, type Chunk } from './chunk.ts';
import { frameEnd, frameName, frameOffsetDelta, frameTimestampMs, hasValue } from './frame.ts';
import { SortedNames } from './sorted-names.ts';

/** A chunk that entries lie in. Its bytes stay in memory for a while only. */
export interface TailChunk {
  readonly partition: number;
  readonly baseOffset: bigint;
  bytes: Buffer | null;
}

/** The newest record of a key in the tail. */
export interface TailEntry {
  readonly chunk: TailChunk;
  /** Where it begins in the bytes of the chunk. */
  readonly at: number;
  readonly offsetDelta: number;
  readonly timestampMs: number;
  /** false: a tombstone. */
  readonly hasValue: boolean;
  /** Whether what lies below, which is older, has the key with a value. null: not looked up yet. */
  isBelow: boolean | null;
}

export function entryOffset({ chunk, offsetDelta }: TailEntry): bigint {
  return chunk.baseOffset + BigInt(offsetDelta);
}

/**
 * The newest record of each key in a part of a compacted topic. Names are the bytes of the key, one character each, so
 * that their order is that of LMDB.
 */
export class TailIndex {
  readonly #entries = new Map<string, TailEntry>();
  readonly #names = new SortedNames();
  /** What the entries that were looked up add to the number of keys below. */
  #added = 0;
  #unknown = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): TailEntry | undefined {
    return this.#entries.get(name);
  }

  /** Takes over the records of a chunk, which are newer than all before. */
  add(chunk: TailChunk, { bytes }: Chunk): void {
    for (let at = chunkHeaderBytes; at < bytes.length; at = frameEnd(bytes, at)) {
      this.#set(frameName(bytes, at), {
        chunk,
        at,
        offsetDelta: frameOffsetDelta(bytes, at),
        timestampMs: frameTimestampMs(bytes, at),
        hasValue: hasValue(bytes, at),
        isBelow: null,
      });
    }
  }

  /** In order of name, from `start` on. The index must not change meanwhile. */
  *from(start: string): Generator<readonly [name: string, entry: TailEntry], undefined> {
    const names = this.#names.from(start);
    for (let name = names.next().value; name !== undefined; name = names.next().value) {
      yield [name, this.#entries.get(name) as TailEntry];
    }
    return undefined;
  }

  /** Notes whether what lies below has the key now, with a value. */
  note(entry: TailEntry, isBelow: boolean): void {
    if (entry.isBelow === null) this.#unknown -= 1;
    else this.#added -= keysAdded(entry);
    entry.isBelow = isBelow;
    this.#added += keysAdded(entry);
  }

  /** How many keys with a value there are more than below. */
  keysBeyond(isBelow: (name: string) => boolean): number {
    if (this.#unknown > 0) {
      for (const [name, entry] of this.#entries) {
        if (entry.isBelow === null) this.note(entry, isBelow(name));
      }
    }
    return this.#added;
  }

  #set(name: string, entry: TailEntry): void {
    const before = this.#entries.get(name);
    if (before === undefined) {
      this.#names.add(name);
      this.#unknown += 1;
    } else if (before.isBelow !== null) {
      entry.isBelow = before.isBelow;
      this.#added += keysAdded(entry) - keysAdded(before);
    }
    this.#entries.set(name, entry);
  }
}

function keysAdded(entry: TailEntry): number {
  if (entry.hasValue) return entry.isBelow ? 0 : 1;
  return entry.isBelow ? -1 : 0;
}
