/** Keys of LMDB, made here only. Numbers are big endian, so that their order is that of the bytes. */

/** More does not fit into a key of LMDB together with the name of its table. */
export const keyBytesMax = 1_500;

/** Sorts before the chunks of the partition. */
export function partitionKey(topic: string, partition: number): Buffer {
  const nameBytes = Buffer.byteLength(topic);
  const key = Buffer.alloc(nameBytes + 3);
  key.write(topic);
  key.writeUInt16BE(partition, nameBytes + 1);
  return key;
}

export function chunkKey(topic: string, partition: number, baseOffset: bigint): Buffer {
  const nameBytes = Buffer.byteLength(topic);
  const key = Buffer.alloc(nameBytes + 11);
  key.write(topic);
  key.writeUInt16BE(partition, nameBytes + 1);
  key.writeBigUInt64BE(baseOffset, nameBytes + 3);
  return key;
}

export function baseOffsetOf(key: Buffer): bigint {
  return key.readBigUInt64BE(key.length - 8);
}

/** Sorts after all keys that begin with these bytes, provided that no key goes on with 0xff. */
export function endOfPrefix(prefix: Buffer): Buffer {
  return Buffer.concat([prefix, Buffer.of(0xff)]);
}

export function tableKey(table: string, key: string): Buffer {
  return Buffer.from(`${table}\0${key}`);
}
