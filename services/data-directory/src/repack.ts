import { packChunks, recordsOf, type Chunk, type PlacedRecord } from './chunk.ts';
import { chunkKey } from './keys.ts';
import type { PartitionLog } from './partition-log.ts';
import type { StoredRecord } from './ports.ts';
import type { Change, Store } from './store.ts';

/** Small, because a single record is read together with its chunk; LMDB has 24 bytes of each value's first page. */
const settledChunkBytesMax = 2 * 4_096 - 24;

export interface Repacked {
  readonly changes: readonly Change[];
  readonly records: number;
  readonly bytes: number;
}

/**
 * What makes of neighbouring chunks smaller ones with only those of their records that are wanted. The records keep their
 * offsets; the newest chunk of the partition stays as it is, because it knows where the partition ends.
 */
export function repack(
  store: Store,
  log: PartitionLog,
  chunks: readonly Chunk[],
  isWanted: (record: StoredRecord) => boolean,
): Repacked {
  const { topic, partition } = log.place;
  const values = new Map<bigint, Buffer | null>();
  const wanted: PlacedRecord[] = [];
  let records = 0;
  let bytes = 0;
  for (const chunk of chunks) {
    if (chunk.baseOffset === log.newest?.baseOffset) {
      records += chunk.recordCount;
      bytes += chunk.bytes.length;
      continue;
    }
    values.set(chunk.baseOffset, null);
    for (const record of recordsOf(chunk)) {
      if (isWanted(record)) wanted.push({ offset: record.offset, record });
    }
  }
  const [first] = chunks;
  const packed = packChunks(log.place, wanted, {
    bytesMax: settledChunkBytesMax,
    bytesBefore: first === undefined ? 0 : first.bytesUpTo - first.bytes.length,
    nowMs: 0,
  });
  for (const chunk of packed) {
    values.set(chunk.baseOffset, chunk.bytes);
    records += chunk.recordCount;
    bytes += chunk.bytes.length;
  }
  const changes = Array.from(values, ([baseOffset, value]) => ({
    values: store.chunks,
    key: chunkKey(topic, partition, baseOffset),
    value,
  }));
  return { changes, records, bytes };
}
