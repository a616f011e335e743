import type { TopicMessages } from 'kafkajs';
import { encodedMessages } from './encoded-messages.ts';
import type { Encodable } from './record-encoding.ts';

/** Bounds of what one produce request carries for one partition, which becomes one record batch there. */
export interface RequestBounds {
  /** A few hundred where kafkajs sorts the records into partitions, which takes it quadratic time. */
  readonly recordsMax: number;
  /** The topic's `max.message.bytes` bounds a batch; only a single record that is larger goes beyond this. */
  readonly bytesMax: number;
}

/** Cuts records into runs within the bounds, in order. */
export function runsOf<T extends Encodable>(records: readonly T[], bounds: RequestBounds): T[][] {
  const runs: T[][] = [];
  let run: T[] = [];
  let runBytes = 0;
  for (const record of records) {
    const bytes = sizeOf(record);
    if (run.length > 0 && (run.length >= bounds.recordsMax || runBytes + bytes > bounds.bytesMax)) {
      runs.push(run);
      run = [];
      runBytes = 0;
    }
    run.push(record);
    runBytes += bytes;
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/**
 * The produce requests for the outputs of a batch, all to one partition; each may write to several topics. Order holds
 * within a topic.
 */
export function requestsOf<T extends Encodable & { readonly topic: string }>(
  outputs: readonly T[],
  bounds: RequestBounds,
  partition: number,
  topicNameOf: (topic: T['topic']) => string,
): TopicMessages[][] {
  const byTopic = new Map<T['topic'], T[]>();
  for (const output of outputs) {
    const sameTopic = byTopic.get(output.topic);
    if (sameTopic === undefined) byTopic.set(output.topic, [output]);
    else sameTopic.push(output);
  }
  const requests: TopicMessages[][] = [];
  for (const [topic, records] of byTopic) {
    for (const [at, run] of runsOf(records, bounds).entries()) {
      (requests[at] ??= []).push({ topic: topicNameOf(topic), messages: encodedMessages(partition, run) });
    }
  }
  return requests;
}

const recordOverheadBytes = 32;

function sizeOf({ key, value, headers }: Encodable): number {
  let bytes = recordOverheadBytes + lengthOf(key) + lengthOf(value);
  if (headers !== undefined) {
    for (const name in headers) bytes += name.length + lengthOf(headers[name] ?? null);
  }
  return bytes;
}

/** Of a string the characters, thrice: no character takes more bytes in UTF-8, and counting them all would cost. */
function lengthOf(bytes: Buffer | string | null): number {
  if (bytes === null) return 0;
  return typeof bytes === 'string' ? bytes.length * 3 : bytes.length;
}
