import { crc32 } from 'node:zlib';

const crcBytes = 4;

/**
 * Bytes with their checksum before them. The checksum covers the key too, so that what lies in a wrong place is found
 * out.
 */
export function seal(key: Buffer, content: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(crcBytes + content.length);
  content.copy(bytes, crcBytes);
  bytes.writeUInt32LE(crc32(content, crc32(key)));
  return bytes;
}

/** The content; null: it or its place is damaged. */
export function unseal(key: Buffer, bytes: Buffer): Buffer | null {
  if (bytes.length < crcBytes) return null;
  const content = bytes.subarray(crcBytes);
  return bytes.readUInt32LE() === crc32(content, crc32(key)) ? content : null;
}
