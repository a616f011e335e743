import { structureDamaged } from './lmdb-errors.ts';
import { seal, unseal } from './sealed.ts';
import type { Change, Store, Values } from './store.ts';

/** Where the newest settled record of a key lies. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
}

/** Little endian: u16 partition, u64 offset, f64 timestamp. */
const placeBytes = 18;
const afterAllKeys = Buffer.of(0xff);

/**
 * The table of a compacted topic: for each key with a value the place of its record. Names are the bytes of the key, one
 * character each.
 */
export class KeyIndex {
  readonly #store: Store;
  readonly #values: Values;

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
    return this.#store.has(this.#values, Buffer.from(name, 'latin1'));
  }

  /** Error: `LOG_CORRUPT`. */
  get(name: string): RecordPlace | null {
    const key = Buffer.from(name, 'latin1');
    const bytes = this.#store.get(this.#values, key);
    return bytes === null ? null : this.#open(key, bytes);
  }

  /** In order of name, from `start` on. Must be used up, or left, before anything else is awaited. */
  *from(start: string): Generator<readonly [name: string, place: RecordPlace], undefined> {
    const first = start === '' ? Buffer.alloc(1) : Buffer.from(start, 'latin1');
    for (const { key, value } of this.#store.entries(this.#values, first, afterAllKeys)) {
      yield [key.toString('latin1'), this.#open(key, value)];
    }
    return undefined;
  }

  /** null removes the key. */
  change(name: string, place: RecordPlace | null): Change {
    const key = Buffer.from(name, 'latin1');
    if (place === null) return { values: this.#values, key, value: null };
    const bytes = Buffer.allocUnsafe(placeBytes);
    bytes.writeUInt16LE(place.partition);
    bytes.writeBigUInt64LE(place.offset, 2);
    bytes.writeDoubleLE(place.timestampMs, 10);
    return { values: this.#values, key, value: seal(key, bytes) };
  }

  #open(key: Buffer, bytes: Buffer): RecordPlace {
    const content = unseal(key, bytes);
    if (content?.length !== placeBytes) {
      throw structureDamaged(this.#store.file, `the checksum of the place of key ${key.toString()} is wrong`);
    }
    return {
      partition: content.readUInt16LE(),
      offset: content.readBigUInt64LE(2),
      timestampMs: content.readDoubleLE(10),
    };
  }
}
