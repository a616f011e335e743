import { createHash } from 'node:crypto';
import type { OutputTopic, TopicReader, TopicRecord } from '@offerlock/event-log';
import { offsetOfPosition, type Position } from '@offerlock/projection';
import {
  createDecoder,
  deadLetterHeaders,
  readSchemaId,
  schemaJsonOf,
  subjectOf,
  topicName,
  type SchemaRegistry,
} from '@offerlock/schemas';

/** What an installation published, and how it names things. */
export interface PublishedRecords {
  readonly reader: TopicReader;
  readonly registry: SchemaRegistry;
  readonly topicPrefix: string;
}

/**
 * Compares two installations that got the same events in the same partitions, record by record, and tells what only one
 * of them has. Every field counts but those that belong to the installation and not to the events: the topic prefix,
 * schema ids, the log's times, the time of processing and the epochs of claims. Of offer states the newest of each key
 * counts, as older ones go with compaction. Memory holds a digest per record.
 */
export async function differingRecords(
  one: PublishedRecords,
  other: PublishedRecords,
): Promise<readonly string[]> {
  const told: string[] = [];
  for (const topic of ['metrics', 'deadLetters', 'timers', 'offerStates'] as const) {
    const onlyInOne = new Map<string, number>();
    await eachRecord(one, topic, (line) => add(onlyInOne, digestOf(line), 1));
    if (onlyInOne.size === 0) told.push(`${topic}: nothing to compare`);
    await eachRecord(other, topic, (line) => {
      const digest = digestOf(line);
      if (onlyInOne.has(digest)) add(onlyInOne, digest, -1);
      else told.push(`${topic} only in the other: ${line}`);
    });
    if (onlyInOne.size === 0) continue;
    await eachRecord(one, topic, (line) => {
      if (onlyInOne.has(digestOf(line))) told.push(`${topic} only in the one: ${line}`);
    });
  }
  return told.length <= toldMax ? told : [...told.slice(0, toldMax), `and ${told.length - toldMax} more`];
}

const toldMax = 10;

function add(counts: Map<string, number>, digest: string, by: number): void {
  const count = (counts.get(digest) ?? 0) + by;
  if (count === 0) counts.delete(digest);
  else counts.set(digest, count);
}

function digestOf(line: string): string {
  return createHash('sha1').update(line).digest('base64');
}

async function eachRecord(
  installation: PublishedRecords,
  topic: OutputTopic,
  onLine: (line: string) => void,
): Promise<void> {
  const contentOf = await contentReader(installation, topic);
  const newest = new Map<string, string>();
  await installation.reader.read(topic, async (records) => {
    for (const record of records) {
      const { partition } = record;
      const key = String(record.key);
      const line = JSON.stringify([partition, key, await contentOf(record)]);
      if (topic === 'offerStates') newest.set(key, line);
      else onLine(line);
    }
  });
  for (const line of newest.values()) onLine(line);
}

/** Reads of a record what must be the same everywhere. */
async function contentReader(
  { registry, topicPrefix }: PublishedRecords,
  topic: OutputTopic,
): Promise<(record: TopicRecord) => Promise<unknown>> {
  const plainTopic = (name: string) => (name.startsWith(topicPrefix) ? name.slice(topicPrefix.length) : name);
  if (topic === 'deadLetters') {
    const eventSchema = await registry.idOf(subjectOf('event', topicPrefix), schemaJsonOf('event'));
    return ({ value, headers }) => {
      const told: Record<string, string> = {};
      for (const name of Object.keys(headers).sort()) {
        if (name !== deadLetterHeaders.timestamp) told[name] = String(headers[name]);
      }
      const source = told[deadLetterHeaders.topic];
      if (source !== undefined) told[deadLetterHeaders.topic] = plainTopic(source);
      if (value === null) return Promise.resolve([told, null]);
      const isOurs = readSchemaId(value) === eventSchema;
      const bytes = isOurs ? `an event ${value.toString('base64', 5)}` : value.toString('base64');
      return Promise.resolve([told, bytes]);
    };
  }
  const decoder = createDecoder<Readonly<Record<string, unknown>>>(registry, {
    metric: (metric) => ({ ...metric, topic: plainTopic(metric.topic), processedAt: null }),
    offerState: (change) => ({
      ...change,
      position: offsetOfPosition(change.position as Position).toString(),
    }),
    timer: (timer) => ({ ...timer }),
  });
  return async ({ value }) => {
    const content = await decoder.decode(value);
    if ('type' in content && content.type === 'unreadable') {
      throw new Error(`unreadable record in ${topicName(topic, topicPrefix)}: ${JSON.stringify(content)}`);
    }
    return content;
  };
}
