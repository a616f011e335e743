import type { NewStoredRecord, StoredHeaders, StoredRecord } from './ports.ts';

/**
 * A frame is one record inside a chunk or a row. Little endian:
 *
 *    0  u32  bytes of the frame, these four included
 *    4  u32  offset, counted from the offset of the chunk
 *    8  f64  timestamp, ms since 1970
 *   16  i32  bytes of the key; -1: no key
 *   20  i32  bytes of the value; -1: no value
 *   24  u16  number of headers
 *   26       key, value, then per header: u16 bytes of the name, u32 bytes of the value doubled, plus 1 for text, both
 */
const headBytes = 26;
const headerHeadBytes = 6;

const byteLength = (bytes: Buffer | string): number =>
  typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;

export function frameBytes({ key, value, headers }: NewStoredRecord): number {
  let bytes = headBytes;
  if (key !== null) bytes += byteLength(key);
  if (value !== null) bytes += value.length;
  if (headers !== undefined) {
    for (const name in headers) {
      bytes += headerHeadBytes + Buffer.byteLength(name) + byteLength(headers[name] as Buffer | string);
    }
  }
  return bytes;
}

const headerNameBytesMax = 0xffff;
const headersMax = 0xffff;

/** Throws what keeps the record from becoming a frame. */
export function requireFrameable({ headers }: NewStoredRecord): void {
  if (headers === undefined) return;
  const names = Object.keys(headers);
  if (names.length > headersMax) throw new Error(`a record has more than ${headersMax} headers`);
  for (const name of names) {
    if (Buffer.byteLength(name) > headerNameBytesMax) {
      throw new Error(`the name of a header has more than ${headerNameBytesMax} bytes`);
    }
  }
}

/** Answers with the position after the frame. */
export function writeFrame(
  target: Buffer,
  start: number,
  record: NewStoredRecord,
  offsetDelta: number,
  timestampMs: number,
): number {
  const { key, value, headers } = record;
  let at = start + headBytes;
  let keyBytes = -1;
  if (key !== null) {
    keyBytes = write(target, at, key);
    at += keyBytes;
  }
  if (value !== null) at += value.copy(target, at);
  let headerCount = 0;
  if (headers !== undefined) {
    for (const name in headers) {
      at = writeHeader(target, at, name, headers[name] as Buffer | string);
      headerCount += 1;
    }
  }
  target.writeUInt32LE(at - start, start);
  target.writeUInt32LE(offsetDelta, start + 4);
  target.writeDoubleLE(timestampMs, start + 8);
  target.writeInt32LE(keyBytes, start + 16);
  target.writeInt32LE(value === null ? -1 : value.length, start + 20);
  target.writeUInt16LE(headerCount, start + 24);
  return at;
}

function writeHeader(target: Buffer, start: number, name: string, value: Buffer | string): number {
  const nameBytes = target.write(name, start + headerHeadBytes);
  const valueBytes = write(target, start + headerHeadBytes + nameBytes, value);
  target.writeUInt16LE(nameBytes, start);
  target.writeUInt32LE(valueBytes * 2 + (typeof value === 'string' ? 1 : 0), start + 2);
  return start + headerHeadBytes + nameBytes + valueBytes;
}

function write(target: Buffer, at: number, bytes: Buffer | string): number {
  return typeof bytes === 'string' ? target.write(bytes, at) : bytes.copy(target, at);
}

/** Where the next frame begins. */
export function frameEnd(source: Buffer, start: number): number {
  return start + source.readUInt32LE(start);
}

export function frameOffsetDelta(source: Buffer, start: number): number {
  return source.readUInt32LE(start + 4);
}

export function frameTimestampMs(source: Buffer, start: number): number {
  return source.readDoubleLE(start + 8);
}

/** The bytes of the key, one character each, which is their order too. The record must have one. */
export function frameName(source: Buffer, start: number): string {
  const keyAt = start + headBytes;
  return source.toString('latin1', keyAt, keyAt + source.readInt32LE(start + 16));
}

export function hasValue(source: Buffer, start: number): boolean {
  return source.readInt32LE(start + 20) >= 0;
}

const noHeaders: StoredHeaders = Object.freeze({});

/** The record with views of the source. */
export function readFrame(source: Buffer, start: number, baseOffset: bigint): StoredRecord {
  const keyBytes = source.readInt32LE(start + 16);
  const valueBytes = source.readInt32LE(start + 20);
  const headerCount = source.readUInt16LE(start + 24);
  const keyAt = start + headBytes;
  const valueAt = keyAt + (keyBytes < 0 ? 0 : keyBytes);
  return {
    offset: baseOffset + BigInt(source.readUInt32LE(start + 4)),
    key: keyBytes < 0 ? null : source.subarray(keyAt, valueAt),
    value: valueBytes < 0 ? null : source.subarray(valueAt, valueAt + valueBytes),
    headers:
      headerCount === 0
        ? noHeaders
        : readHeaders(source, valueAt + (valueBytes < 0 ? 0 : valueBytes), headerCount),
    timestampMs: source.readDoubleLE(start + 8),
  };
}

function readHeaders(source: Buffer, start: number, count: number): StoredHeaders {
  const headers: [name: string, value: Buffer | string][] = [];
  let at = start;
  for (let left = count; left > 0; left -= 1) {
    const nameEnd = at + headerHeadBytes + source.readUInt16LE(at);
    const doubled = source.readUInt32LE(at + 2);
    const name = source.toString('utf8', at + headerHeadBytes, nameEnd);
    const end = nameEnd + (doubled >>> 1);
    headers.push([name, doubled & 1 ? source.toString('utf8', nameEnd, end) : source.subarray(nameEnd, end)]);
    at = end;
  }
  // Unlike an assignment, this takes any name for a name.
  return Object.fromEntries(headers);
}
