/** Kafka's own partitioner (murmur2, as its Java client has it), so that a key lies in the same partition as there. */
export function partitionOfKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** Gives every record its partition: by its key, and one after the other where there is none. */
export function createPartitioner(partitions: number): (key: Buffer | string | null) => number {
  let unkeyed = 0;
  return (key) => {
    if (key !== null) return partitionOfKey(typeof key === 'string' ? Buffer.from(key) : key, partitions);
    unkeyed += 1;
    return unkeyed % partitions;
  };
}

const multiplier = 0x5bd1e995;

function murmur2(data: Buffer): number {
  let hash = 0x9747b28c ^ data.length;
  let at = 0;
  for (; data.length - at >= 4; at += 4) {
    let word = Math.imul(data.readInt32LE(at), multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  const rest = data.length - at;
  if (rest > 0) {
    for (let byte = rest - 1; byte >= 0; byte -= 1) hash ^= (data[at + byte] ?? 0) << (8 * byte);
    hash = Math.imul(hash, multiplier);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return hash ^ (hash >>> 15);
}
