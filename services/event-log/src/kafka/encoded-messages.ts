import type { Message } from 'kafkajs';
import { encodeRecords, type Encodable } from './record-encoding.ts';

/** What kafkajs's encoder of a record batch reads of an encoded record. */
interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

const noBytes = Buffer.alloc(0);
const nothing: EncodedRecord = { buf: noBytes, buffer: noBytes };

/**
 * Messages for one partition, as kafkajs takes them, that bring their bytes along. kafkajs sorts messages into partitions
 * by copying the array once per message, and makes a dozen buffers to encode each: together 10 µs of CPU per record, more
 * than all the rest of a projector needs for an event. It handles `messages` by four calls only, and these answer them
 * themselves: `find` (is a value missing?), `reduce` (sort into partitions), and `map` twice, for the timestamps and
 * for the encoded records. That holds for the version we pin; every test that commits an output shows whether it does.
 */
export function encodedMessages(partition: number, records: readonly Encodable[]): Message[] {
  const messages = {
    length: records.length,
    find: () => undefined,
    reduce: () => ({ [partition]: messages }),
    // `message => timestamp`: none has one, so kafkajs gives all the present time. `(message, at) => record`: encode.
    map: (read: (...values: never[]) => unknown) => (read.length === 1 ? [] : encodedAsOne(records)),
  };
  return messages as unknown as Message[];
}

/** The first record stands for all of them, since all that follows is to count and to join them. */
function encodedAsOne(records: readonly Encodable[]): readonly EncodedRecord[] {
  const bytes = encodeRecords(records);
  const encoded = Array.from(records, () => nothing);
  encoded[0] = { buf: bytes, buffer: bytes };
  return encoded;
}
