import { crc32 } from 'node:zlib';
import { OfferlockError } from '@offerlock/lifecycle';
import { frameBytes, readFrame, writeFrame } from './frame.ts';
import type { StoredEntry, StoredRecord } from './ports.ts';
import type { Change, Store, Values } from './store.ts';

/**
 * The table of a compacted topic: one row per key. Little endian:
 *
 *    0  u32  crc32 of the key of the row and of all bytes from 4 on
 *    4  u8   format, 1
 *    6  u16  partition
 *    8  u64  offset
 *   16       frame, without the key
 */
const headBytes = 16;
const format = 1;
const afterAllKeys = Buffer.alloc(1, 0xff);

export class Rows {
  readonly #store: Store;
  readonly #values: Values;
  readonly #topic: string;

  constructor(store: Store, topic: string) {
    this.#store = store;
    this.#values = store.rows(topic);
    this.#topic = topic;
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

  get(name: string): StoredEntry | null {
    const key = Buffer.from(name, 'latin1');
    const row = this.#store.get(this.#values, key);
    return row === null ? null : this.#open(key, row);
  }

  /** Rows in order of key, from `start` on. Must be used up, or left, before anything else is awaited. */
  *from(start: string): Generator<readonly [name: string, entry: StoredEntry]> {
    const first = start === '' ? Buffer.alloc(1) : Buffer.from(start, 'latin1');
    for (const { key, value } of this.#store.entries(this.#values, first, afterAllKeys)) {
      yield [key.toString('latin1'), this.#open(key, value)] as const;
    }
  }

  /** A change that makes the record the row of its key, or takes the row away where the record has no value. */
  change(name: string, partition: number, record: StoredRecord | null): Change {
    const key = Buffer.from(name, 'latin1');
    return {
      values: this.#values,
      key,
      value: record === null || record.value === null ? null : pack(key, partition, record),
    };
  }

  #open(key: Buffer, row: Buffer): StoredEntry {
    const sound =
      row.length > headBytes &&
      row[4] === format &&
      row.readUInt32LE(0) === crc32(row.subarray(4), crc32(key));
    if (!sound) {
      throw new OfferlockError(
        'LOG_CORRUPT',
        `the record of key ${key.toString()} in topic ${this.#topic} is damaged: its checksum is wrong. Nothing was ` +
          'changed; restore the data directory from a copy',
        { details: { topic: this.#topic, key: key.toString() } },
      );
    }
    const record = readFrame(row, headBytes, row.readBigUInt64LE(8));
    return { partition: row.readUInt16LE(6), record: { ...record, key } };
  }
}

function pack(key: Buffer, partition: number, record: StoredRecord): Buffer {
  const stored = { ...record, key: null };
  const row = Buffer.allocUnsafeSlow(headBytes + frameBytes(stored));
  row.fill(0, 0, headBytes);
  row[4] = format;
  row.writeUInt16LE(partition, 6);
  row.writeBigUInt64LE(record.offset, 8);
  writeFrame(row, headBytes, stored, 0, record.timestampMs);
  row.writeUInt32LE(crc32(row.subarray(4), crc32(key)), 0);
  return row;
}
