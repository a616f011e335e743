import { crc32 } from 'node:zlib';
import { OfferlockError } from '@offerlock/lifecycle';
import { frameBytes, frameEnd, frameOffsetDelta, readFrame, writeFrame } from './frame.ts';
import { chunkKey } from './keys.ts';
import type { NewStoredRecord, StoredRecord } from './ports.ts';

/**
 * A chunk is one LMDB value: all records that one transaction appended to a partition, up to a size. Little endian:
 *
 *    0  u8   format, 1
 *    4  u32  crc32 of the key of the value and of all bytes from 8 on
 *    8  u32  number of records
 *   12  u64  offset of the first record
 *   20  u64  offset of the last record
 *   28  f64  newest timestamp, ms since 1970
 *   36  f64  bytes of all chunks of the partition up to this one, deleted ones included
 *   44       frames
 */
export const chunkHeaderBytes = 44;

/**
 * Of chunks whose records are read one by one, each together with its whole chunk. So they fill two pages of LMDB, which
 * needs 24 bytes for itself.
 */
export const keyedChunkBytesMax = 2 * 4_096 - 24;

const format = 1;
const crcAt = 4;
const crcFrom = 8;

export interface Chunk {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly recordCount: number;
  readonly newestTimestampMs: number;
  /** Difference of two of them: bytes of the chunks between. */
  readonly bytesUpTo: number;
  readonly bytes: Buffer;
}

/** Records that have their places, in order: two rows of the same length, because there are many of them. */
export interface PlacedRecords {
  readonly offsets: number[];
  readonly records: NewStoredRecord[];
}

/** Where a chunk lies. */
export interface ChunkPlace {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Packs records into chunks of about `bytesMax`; at least one record each.
 *
 * @param bytesBefore `bytesUpTo` of the chunk before.
 */
export function packChunks(
  place: ChunkPlace,
  placed: PlacedRecords,
  options: { readonly bytesMax: number; readonly bytesBefore: number; readonly nowMs: number },
): Chunk[] {
  const { offsets, records } = placed;
  const chunks: Chunk[] = [];
  let bytesUpTo = options.bytesBefore;
  let first = 0;
  while (first < records.length) {
    const baseOffset = offsets[first] as number;
    let bytes = chunkHeaderBytes;
    let end = first;
    for (; end < records.length; end += 1) {
      const more = frameBytes(records[end] as NewStoredRecord);
      const isFar = (offsets[end] as number) - baseOffset > 0xffff_ffff;
      if (end > first && (bytes + more > options.bytesMax || isFar)) break;
      bytes += more;
    }
    bytesUpTo += bytes;
    chunks.push(packChunk(place, placed, first, end, { bytes, bytesUpTo, nowMs: options.nowMs }));
    first = end;
  }
  return chunks;
}

function packChunk(
  place: ChunkPlace,
  { offsets, records }: PlacedRecords,
  first: number,
  end: number,
  sizes: { readonly bytes: number; readonly bytesUpTo: number; readonly nowMs: number },
): Chunk {
  // Not from a pool: the chunk stays in memory as long as something refers to it, and shares it with nothing else.
  const bytes = Buffer.allocUnsafeSlow(sizes.bytes);
  const base = offsets[first] as number;
  let newestTimestampMs = -Infinity;
  let at = chunkHeaderBytes;
  for (let each = first; each < end; each += 1) {
    const record = records[each] as NewStoredRecord;
    const timestampMs = record.timestampMs ?? sizes.nowMs;
    if (timestampMs > newestTimestampMs) newestTimestampMs = timestampMs;
    at = writeFrame(bytes, at, record, (offsets[each] as number) - base, timestampMs);
  }
  const baseOffset = BigInt(base);
  const lastOffset = BigInt(offsets[end - 1] as number);
  const { bytesUpTo } = sizes;
  bytes.fill(0, 0, crcAt);
  bytes[0] = format;
  bytes.writeUInt32LE(end - first, 8);
  bytes.writeBigUInt64LE(baseOffset, 12);
  bytes.writeBigUInt64LE(lastOffset, 20);
  bytes.writeDoubleLE(newestTimestampMs, 28);
  bytes.writeDoubleLE(bytesUpTo, 36);
  bytes.writeUInt32LE(checksum(place, baseOffset, bytes), crcAt);
  return { baseOffset, lastOffset, recordCount: end - first, newestTimestampMs, bytesUpTo, bytes };
}

/** Reads a chunk and checks every bit of it. Error: `LOG_CORRUPT`. */
export function openChunk(place: ChunkPlace, baseOffset: bigint, bytes: Buffer): Chunk {
  const sound =
    bytes.length > chunkHeaderBytes &&
    bytes[0] === format &&
    bytes.readUInt32LE(crcAt) === checksum(place, baseOffset, bytes) &&
    bytes.readBigUInt64LE(12) === baseOffset;
  if (!sound) {
    throw new OfferlockError(
      'LOG_CORRUPT',
      `the records of topic ${place.topic}, partition ${place.partition} from offset ${baseOffset} on are damaged: ` +
        'their checksum is wrong. Nothing was changed; restore the data directory from a copy',
      { details: { ...place, offset: baseOffset } },
    );
  }
  return {
    baseOffset,
    lastOffset: bytes.readBigUInt64LE(20),
    recordCount: bytes.readUInt32LE(8),
    newestTimestampMs: bytes.readDoubleLE(28),
    bytesUpTo: bytes.readDoubleLE(36),
    bytes,
  };
}

/** The key is part of it, so that an intact chunk in the wrong place is found out too. */
function checksum({ topic, partition }: ChunkPlace, baseOffset: bigint, bytes: Buffer): number {
  return crc32(bytes.subarray(crcFrom), crc32(chunkKey(topic, partition, baseOffset)));
}

/** Where the frame of the record begins. null: the chunk has no record of this offset. */
export function frameAt({ bytes, baseOffset, lastOffset }: Chunk, offset: bigint): number | null {
  if (offset < baseOffset || offset > lastOffset) return null;
  const delta = Number(offset - baseOffset);
  let at = chunkHeaderBytes;
  while (frameOffsetDelta(bytes, at) < delta) at = frameEnd(bytes, at);
  return frameOffsetDelta(bytes, at) === delta ? at : null;
}

/** Where the frames begin. */
export function framesOf({ bytes }: Chunk): number[] {
  const frames: number[] = [];
  for (let at = chunkHeaderBytes; at < bytes.length; at = frameEnd(bytes, at)) frames.push(at);
  return frames;
}

export function frameOffset({ bytes, baseOffset }: Chunk, at: number): bigint {
  return baseOffset + BigInt(frameOffsetDelta(bytes, at));
}

/** In order of offset; they are views of the chunk. */
export function recordsOf(chunk: Chunk): StoredRecord[] {
  return framesOf(chunk).map((at) => readFrame(chunk.bytes, at, chunk.baseOffset));
}
