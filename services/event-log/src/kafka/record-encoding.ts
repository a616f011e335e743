import type { RecordHeaders } from '../ports.ts';

export interface Encodable {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}

/**
 * Kafka's record format, version 2: the records of one batch, one after the other, each at the batch's own timestamp.
 * Lengths are zigzag varints, so that n stands as 2n, and "no value" (-1) as 1.
 */
export function encodeRecords(records: readonly Encodable[]): Buffer {
  let totalBytes = 0;
  const bodies: number[] = [];
  for (const record of records) {
    const body = bodySizeOf(record, bodies.length);
    bodies.push(body);
    totalBytes += varintSizeOf(body) + body;
  }
  const target = Buffer.allocUnsafe(totalBytes);
  let at = 0;
  for (let delta = 0; delta < bodies.length; delta += 1) {
    const { key, value, headers } = records[delta] as Encodable;
    at = writeVarint(target, at, bodies[delta] as number);
    target[at] = 0; // attributes: none
    target[at + 1] = 0; // time since the batch's timestamp
    at = writeVarint(target, at + 2, delta);
    at = writeBytes(target, at, key);
    at = writeBytes(target, at, value);
    at = headers === undefined ? writeVarint(target, at, 0) : writeHeaders(target, at, headers);
  }
  return target;
}

function bodySizeOf({ key, value, headers }: Encodable, delta: number): number {
  const size = 2 + varintSizeOf(delta) + sizeOfBytes(key) + sizeOfBytes(value);
  if (headers === undefined) return size + 1;
  let headersSize = varintSizeOf(Object.keys(headers).length);
  for (const name in headers) headersSize += sizeOfBytes(name) + sizeOfBytes(headers[name] ?? null);
  return size + headersSize;
}

function sizeOfBytes(bytes: Buffer | string | null): number {
  if (bytes === null) return 1;
  const length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
  return varintSizeOf(length) + length;
}

function varintSizeOf(value: number): number {
  let size = 1;
  for (let rest = value >>> 6; rest > 0; rest >>>= 7) size += 1;
  return size;
}

/** Writes a number that is not negative; returns the place behind it, as all of these do. */
function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value * 2;
  while (rest > 0x7f) {
    target[at] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
    at += 1;
  }
  target[at] = rest;
  return at + 1;
}

function writeBytes(target: Buffer, start: number, bytes: Buffer | string | null): number {
  if (bytes === null) {
    target[start] = 1;
    return start + 1;
  }
  if (typeof bytes === 'string') {
    const at = writeVarint(target, start, Buffer.byteLength(bytes));
    return at + target.write(bytes, at);
  }
  const at = writeVarint(target, start, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}

function writeHeaders(target: Buffer, start: number, headers: RecordHeaders): number {
  let at = writeVarint(target, start, Object.keys(headers).length);
  for (const name in headers) at = writeBytes(target, writeBytes(target, at, name), headers[name] ?? null);
  return at;
}
