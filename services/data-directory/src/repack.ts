import {
  frameOffset,
  framesOf,
  keyedChunkBytesMax,
  packChunks,
  type Chunk,
  type PlacedRecords,
} from './chunk.ts';
import { frameName, readFrame } from './frame.ts';
import { chunkKey } from './keys.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Change, Store } from './store.ts';

export interface Repacked {
  readonly changes: readonly Change[];
  readonly records: number;
  readonly bytes: number;
}

/**
 * What makes of neighbouring chunks others with only those of their records that are wanted, which keep their offsets.
 * Chunks that are fine stay as they are, and so does the newest one of the partition, which knows where that ends.
 */
export function repack(
  store: Store,
  log: PartitionLog,
  chunks: readonly Chunk[],
  isWanted: (name: string, offset: bigint) => boolean,
): Repacked {
  const { topic, partition } = log.place;
  const values = new Map<bigint, Buffer | null>();
  let records = 0;
  let bytes = 0;
  const count = (chunk: Chunk) => {
    records += chunk.recordCount;
    bytes += chunk.bytes.length;
  };
  let wanted: PlacedRecords = { offsets: [], records: [] };
  let bytesBefore = 0;
  const packWanted = () => {
    for (const chunk of packChunks(log.place, wanted, {
      bytesMax: keyedChunkBytesMax,
      bytesBefore,
      nowMs: 0,
    })) {
      values.set(chunk.baseOffset, chunk.bytes);
      count(chunk);
    }
    wanted = { offsets: [], records: [] };
  };
  for (const chunk of chunks) {
    const wantedHere = framesOf(chunk).filter((at) =>
      isWanted(frameName(chunk.bytes, at), frameOffset(chunk, at)),
    );
    const isFine = wantedHere.length === chunk.recordCount && chunk.bytes.length >= keyedChunkBytesMax / 2;
    if (isFine || chunk.baseOffset === log.newest?.baseOffset) {
      packWanted();
      count(chunk);
      bytesBefore = chunk.bytesUpTo;
    } else {
      values.set(chunk.baseOffset, null);
      for (const at of wantedHere) {
        const record = readFrame(chunk.bytes, at, chunk.baseOffset);
        wanted.offsets.push(Number(record.offset));
        wanted.records.push(record);
      }
    }
  }
  packWanted();
  const changes = Array.from(values, ([baseOffset, value]) => ({
    values: store.chunks,
    key: chunkKey(topic, partition, baseOffset),
    value,
  }));
  return { changes, records, bytes };
}
