import type { KafkaMessage } from 'kafkajs';
import type { LogRecord, RecordHeaders } from '../ports.ts';

export function logRecordOf(message: KafkaMessage): LogRecord {
  return {
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: headersOf(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

const none: RecordHeaders = {};

/** The last value of a header that is repeated, as Kafka's own clients have it. Most records have none to look at. */
function headersOf(headers: KafkaMessage['headers']): RecordHeaders {
  if (headers === undefined) return none;
  const result: Record<string, Buffer | string> = {};
  let isEmpty = true;
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last === undefined || last === null) continue;
    result[name] = last;
    isEmpty = false;
  }
  return isEmpty ? none : result;
}
