import { setTimeout as delay } from 'node:timers/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import type { Admin, Kafka } from 'kafkajs';
import type { FollowFrom } from '../follow.ts';
import { beginningOf, FollowedTopic, type FollowedBounds, type OnRecords } from '../followed-topic.ts';
import { backoffMs, type BackoffOptions } from '../owner/backoff.ts';
import type { AdminClient } from './admin-client.ts';
import type { KafkaLogger } from './client.ts';
import { withDeadline } from './deadline.ts';
import { boundsOf } from './kafka-topic-reader.ts';
import { logError } from './log-error.ts';
import { logRecordOf } from './log-record.ts';
import { createReadingConsumer } from './reading-consumer.ts';

export interface KafkaFollowingOptions {
  readonly kafka: Kafka;
  readonly admin: AdminClient;
  readonly logger: KafkaLogger | undefined;
  readonly fetchBytesPerPartition: number;
  /** The wait after a failure. */
  readonly backoff: BackoffOptions;
}

/** A topic that is followed; `left` resolves when its group is gone, after it has ended. */
export interface KafkaFollowing {
  readonly followed: FollowedTopic;
  readonly left: Promise<void>;
}

/** Longer than this a consumer has lived well: the next failure is a first one. */
const goodLifeMs = 30_000;
const leaveTimeoutMs = 3_000;

/**
 * Looks up where to begin, waiting for the log as long as that is away, then reads on by one consumer after the other.
 * Rejects with a `halt` error of the log, and with `LOG_UNAVAILABLE` when `closing` aborts.
 */
export async function followKafka(
  options: KafkaFollowingOptions,
  topic: string,
  from: FollowFrom,
  onRecords: OnRecords,
  closing: AbortSignal,
): Promise<KafkaFollowing> {
  for (let failures = 1; ; failures += 1) {
    try {
      const { positions, bounds } = await options.admin.use((admin) => placesOf(admin, topic, from));
      const followed = new FollowedTopic(onRecords, positions, bounds);
      return { followed, left: readOn(options, topic, followed) };
    } catch (error) {
      const reason = logError(error, `follow ${topic}`, { topic });
      if (reason.handling === 'halt' || closing.aborted) throw reason;
      await pause(failures, options.backoff, closing);
      if (closing.aborted) throw reason;
    }
  }
}

async function placesOf(admin: Admin, topic: string, from: FollowFrom) {
  if (!(await admin.listTopics()).includes(topic)) {
    throw new OfferlockError('TOPIC_MISSING', `topic ${topic} does not exist`, { details: { topic } });
  }
  const found = await boundsOf(admin, topic);
  const bounds = found.map(({ partition, low, high }): FollowedBounds => ({
    partition,
    startOffset: BigInt(low),
    endOffset: BigInt(high),
  }));
  if (typeof from !== 'object' || !('timestampMs' in from)) {
    return { positions: beginningOf(from, bounds), bounds };
  }
  // Kafka gives times below zero a meaning of its own.
  const sinceMs = Math.max(Math.ceil(from.timestampMs), 0);
  const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
  return { positions: new Map(offsets.map((at) => [at.partition, BigInt(at.offset)])), bounds };
}

/** Until it ends; a consumer that crashes is followed by another, which goes on where this one was. */
async function readOn(options: KafkaFollowingOptions, topic: string, followed: FollowedTopic): Promise<void> {
  const { ended } = followed;
  const over = new Promise<void>((resolve) => {
    if (ended.aborted) resolve();
    else ended.addEventListener('abort', () => resolve(), { once: true });
  });
  for (let failures = 1; !ended.aborted; failures += 1) {
    const startedMs = performance.now();
    const crash = await liveOnce(options, topic, followed, over);
    if (ended.aborted) return;
    const reason = logError(crash, `follow ${topic}`, { topic });
    if (reason.handling === 'halt') {
      followed.fail(reason);
      return;
    }
    if (performance.now() - startedMs > goodLifeMs) failures = 1;
    options.logger?.warn({ err: reason, topic }, 'a follower lost its consumer and goes on with another');
    await pause(failures, options.backoff, ended);
  }
}

/** One consumer from its start to its crash, whose error it resolves with, or to the end of the following. */
async function liveOnce(
  { kafka, admin, fetchBytesPerPartition }: KafkaFollowingOptions,
  topic: string,
  followed: FollowedTopic,
  over: Promise<void>,
): Promise<unknown> {
  const { consumer, groupId } = createReadingConsumer(kafka, { fetchBytesPerPartition });
  const { GROUP_JOIN, START_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, () => {
    for (const [partition, position] of followed.positions) {
      consumer.seek({ topic, partition, offset: String(position) });
    }
  });
  // kafkajs passes over control records and aborted ones by itself, and says so nowhere else.
  consumer.on(START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) followed.advance(payload.partition, BigInt(payload.lastOffset) + 1n);
  });
  const crashed = new Promise<unknown>((resolve) => {
    consumer.on(CRASH, ({ payload }) => resolve(payload.error));
  });
  const start = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // The caller gets one call after the other.
      partitionsConsumedConcurrently: 1,
      eachBatch: async ({ batch, heartbeat }) => {
        await heartbeat();
        // Beyond the records, if invisible ones follow them.
        const nextOffset = BigInt(batch.lastOffset()) + 1n;
        await followed.deliver(batch.partition, batch.messages.map(logRecordOf), nextOffset);
      },
    });
  };
  const started = start();
  try {
    return await Promise.race([crashed, over, started.then(() => crashed)]);
  } catch (error) {
    return error;
  } finally {
    const leave = async (): Promise<void> => {
      // kafkajs forgets a consumer that is stopped before it has joined, and that consumer joins all the same.
      await started.catch(() => {});
      await consumer.disconnect();
      await admin.use((client) => client.deleteGroups([groupId]));
    };
    // A failure leaves an empty group.
    await withDeadline(leave(), leaveTimeoutMs, 'leave the group').catch(() => {});
  }
}

async function pause(failures: number, backoff: BackoffOptions, signal: AbortSignal): Promise<void> {
  await delay(backoffMs(failures, backoff, Math.random), undefined, { signal }).catch(() => {});
}
