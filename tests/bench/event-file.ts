import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { once } from 'node:events';
import type { SinkRecord } from '@offerlock/event-log';

/*
 * Encoded records in a file: length of the key, key, length of the value, value; lengths as 4 bytes, big endian, and
 * 0xffffffff for a key that is null. So a bench can make its records ahead, and still hold only some in memory.
 */
const nullLength = 0xffff_ffff;
const readBytes = 4 * 1_048_576;

/** Writes all records; resolves with their number. */
export async function writeEventFile(
  file: string,
  records: Iterable<{ readonly key: string | null; readonly value: Buffer }>,
): Promise<number> {
  const stream = createWriteStream(file, { highWaterMark: 1_048_576 });
  let count = 0;
  for (const { key, value } of records) {
    const keyBytes = key === null ? null : Buffer.from(key);
    const frame = Buffer.allocUnsafe(8 + (keyBytes?.length ?? 0) + value.length);
    let at = frame.writeUInt32BE(keyBytes?.length ?? nullLength);
    at += keyBytes?.copy(frame, at) ?? 0;
    value.copy(frame, frame.writeUInt32BE(value.length, at));
    count += 1;
    if (!stream.write(frame)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  return count;
}

/** The records of the file in groups of `groupSize`, each of which stays valid for as long as somebody holds it. */
export async function* readEventFile(file: string, groupSize: number): AsyncGenerator<readonly SinkRecord[]> {
  const handle = await open(file);
  try {
    let rest = Buffer.alloc(0);
    let group: SinkRecord[] = [];
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(rest.length + readBytes);
      rest.copy(buffer);
      const { bytesRead } = await handle.read(buffer, rest.length, readBytes);
      const bytes = buffer.subarray(0, rest.length + bytesRead);
      let at = 0;
      for (let found = recordAt(bytes, at); found !== null; found = recordAt(bytes, at)) {
        group.push(found.record);
        at = found.end;
        if (group.length < groupSize) continue;
        yield group;
        group = [];
      }
      rest = bytes.subarray(at);
      if (bytesRead === 0) break;
    }
    if (rest.length > 0) throw new Error(`${file} ends in the middle of a record`);
    if (group.length > 0) yield group;
  } finally {
    await handle.close();
  }
}

function recordAt(bytes: Buffer, start: number): { record: SinkRecord; end: number } | null {
  if (start + 4 > bytes.length) return null;
  const keyLength = bytes.readUInt32BE(start);
  const keyEnd = start + 4 + (keyLength === nullLength ? 0 : keyLength);
  if (keyEnd + 4 > bytes.length) return null;
  const end = keyEnd + 4 + bytes.readUInt32BE(keyEnd);
  if (end > bytes.length) return null;
  const key = keyLength === nullLength ? null : bytes.subarray(start + 4, keyEnd);
  return { record: { key, value: bytes.subarray(keyEnd + 4, end) }, end };
}
