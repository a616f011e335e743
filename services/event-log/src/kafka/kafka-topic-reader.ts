import { setTimeout as delay } from 'node:timers/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import { topicName } from '@offerlock/schemas';
import type { Admin, Kafka } from 'kafkajs';
import type { TopicReader } from '../ports.ts';
import { createKafka, type KafkaClientOptions } from './client.ts';
import { logError, typesOf } from './log-error.ts';
import { createReadingConsumer } from './reading-consumer.ts';
import { CallerError, TopicRead } from './topic-read.ts';

export interface KafkaTopicReaderOptions extends KafkaClientOptions {
  /** Without any progress for this long a read gives up; should be longer than a transaction may stay open. */
  readonly stallTimeoutMs?: number;
  readonly fetchBytesPerPartition?: number;
}

export const readDefaults = { stallTimeoutMs: 90_000, fetchBytesPerPartition: 4 * 1_048_576 };

/**
 * Reads topics from beginning to end, each by a consumer with a group of its own, which it deletes afterwards.
 */
export function createKafkaTopicReader(options: KafkaTopicReaderOptions): TopicReader {
  const settings = { ...readDefaults, ...options };
  const kafka = createKafka(options, { retries: 5 });
  const reads = new Set<Promise<unknown>>();
  return {
    read: (topic, onRecords) => {
      const name = topicName(topic, options.connection.topicPrefix);
      const work = readTopic(kafka, settings, name, onRecords);
      const tracked = work.catch(() => {}).finally(() => reads.delete(tracked));
      reads.add(tracked);
      return work;
    },
    close: async () => {
      await Promise.all(reads);
    },
  };
}

async function readTopic(
  kafka: Kafka,
  settings: typeof readDefaults,
  topic: string,
  onRecords: Parameters<TopicReader['read']>[1],
): Promise<{ records: number }> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    if (!(await admin.listTopics()).includes(topic)) {
      throw new OfferlockError('TOPIC_MISSING', `topic ${topic} does not exist`, { details: { topic } });
    }
    return { records: await readInGroup(kafka, admin, settings, topic, null, onRecords) };
  } catch (error) {
    throw error instanceof CallerError ? error.cause : logError(error, `read ${topic}`, { topic });
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

/** `from`: the partitions to read, and from which offset; null reads all of them from the beginning. */
export async function readInGroup(
  kafka: Kafka,
  admin: Admin,
  settings: typeof readDefaults,
  topic: string,
  from: ReadonlyMap<number, bigint> | null,
  onRecords: Parameters<TopicReader['read']>[1],
): Promise<number> {
  const { consumer, groupId } = createReadingConsumer(kafka, settings);
  const read = new TopicRead(topic, consumer, onRecords, settings.stallTimeoutMs);
  const { GROUP_JOIN, START_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, () => read.resume());
  consumer.on(CRASH, ({ payload }) => read.fail(payload.error));
  consumer.on(START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) read.skip(payload.partition, payload.lastOffset, payload.highWatermark);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // The caller gets one call after the other.
      partitionsConsumedConcurrently: 1,
      eachBatch: ({ batch, heartbeat }) => read.take(batch, heartbeat),
    });
    read.begin(beginningAt(from, await boundsOf(admin, topic)));
    return await read.finished;
  } finally {
    await consumer.disconnect().catch(() => {});
    // A failure leaves an empty group, which the broker forgets by itself.
    await admin.deleteGroups([groupId]).catch(() => {});
  }
}

type Bounds = Awaited<ReturnType<Admin['fetchTopicOffsets']>>;

function beginningAt(from: ReadonlyMap<number, bigint> | null, bounds: Bounds): Bounds {
  if (from === null) return bounds;
  return bounds.map((one) => {
    const wanted = from.get(one.partition) ?? BigInt(one.high);
    return { ...one, low: wanted > BigInt(one.low) ? String(wanted) : one.low };
  });
}

const boundsTriesMax = 20;
const boundsPauseMs = 100;

/** Tries again while a leader is changing; a new topic's leader is named before it knows that it leads. */
export async function boundsOf(admin: Admin, topic: string): Promise<Bounds> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (tries === boundsTriesMax || !typesOf(error).includes('NOT_LEADER_FOR_PARTITION')) throw error;
      await delay(boundsPauseMs);
    }
  }
}
