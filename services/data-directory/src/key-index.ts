import { structureDamaged } from './lmdb-errors.ts';
import type { Change, Store, Values } from './store.ts';

/** Where the newest settled record of a key lies. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
}

/** Little endian: u32 checksum, u16 partition, u64 offset, f64 timestamp. */
const placeBytes = 22;
const checksumBytes = 4;

/**
 * The table of a compacted topic: for each key with a value the place of its record. Names are the bytes of the key, one
 * character each.
 */
export class KeyIndex {
  readonly #store: Store;
  readonly #values: Values<string>;

  constructor(store: Store, topic: string) {
    this.#store = store;
    this.#values = store.keys(topic);
  }

  get count(): number {
    return this.#store.entryCount(this.#values);
  }

  get sizeBytes(): number {
    return this.#store.sizeBytes(this.#values);
  }

  has(name: string): boolean {
    return this.#store.has(this.#values, name);
  }

  /** Error: `LOG_CORRUPT`. */
  get(name: string): RecordPlace | null {
    const bytes = this.#store.peek(this.#values, name);
    return bytes === null ? null : this.#open(name, bytes);
  }

  /** In order of name, from `start` on. Must be used up, or left, before anything else is awaited. */
  *from(start: string): Generator<readonly [name: string, place: RecordPlace], undefined> {
    // LMDB has no empty key.
    for (const { key, value } of this.#store.entries(this.#values, start || '\0', '\xff')) {
      yield [key, this.#open(key, value)];
    }
    return undefined;
  }

  /** null removes the key. */
  change(name: string, place: RecordPlace | null): Change {
    const values = this.#values;
    if (place === null) return { values, key: name, value: null };
    const value = Buffer.allocUnsafe(placeBytes);
    value.writeUInt16LE(place.partition, checksumBytes);
    value.writeBigUInt64LE(place.offset, checksumBytes + 2);
    value.writeDoubleLE(place.timestampMs, checksumBytes + 10);
    value.writeInt32LE(checksum(name, value));
    return { values, key: name, value };
  }

  #open(name: string, bytes: Buffer): RecordPlace {
    if (bytes.length !== placeBytes || bytes.readInt32LE() !== checksum(name, bytes)) {
      throw structureDamaged(this.#store.file, `the checksum of the place of key ${name} is wrong`);
    }
    return {
      partition: bytes.readUInt16LE(checksumBytes),
      offset: bytes.readBigUInt64LE(checksumBytes + 2),
      timestampMs: bytes.readDoubleLE(checksumBytes + 10),
    };
  }
}

/** FNV-1a. Of so few bytes it is faster than a call of zlib, which needs views of them too. */
function checksum(name: string, bytes: Buffer): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  for (let at = checksumBytes; at < placeBytes; at += 1)
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash;
}
