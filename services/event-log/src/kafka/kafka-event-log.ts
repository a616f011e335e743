import { OfferlockError } from '@offerlock/lifecycle';
import { topicName } from '@offerlock/schemas';
import type { Consumption, EventLog } from '../ports.ts';
import type { BackoffOptions } from '../owner/backoff.ts';
import { createAdminClient, type AdminClient } from './admin-client.ts';
import { createKafka, type KafkaClientOptions } from './client.ts';
import { withDeadline } from './deadline.ts';
import { createDisposal } from './disposal.ts';
import { transactionalRetry } from './kafka-claim.ts';
import { consumeKafka } from './kafka-consumption.ts';
import { boundsOf } from './kafka-topic-reader.ts';
import { logError } from './log-error.ts';
import { readingUncommitted } from './reading-uncommitted.ts';
import type { RequestBounds } from './requests.ts';
import { systemClock } from '../owner/system-clock.ts';

export interface KafkaEventLogOptions extends KafkaClientOptions {
  readonly groupId: string;
  /** Records per batch, and so per transaction, at most. */
  readonly batchRecordsMax?: number;
  /** Should be more than the topic's `max.message.bytes`: larger batches wait until other partitions are empty. */
  readonly fetchBytesPerPartition?: number;
  readonly fetchBytesMax?: number;
  /** How long a fetch waits for data, and so the longest that committed data stays unseen. */
  readonly fetchWaitMs?: number;
  /** Partitions whose batches are processed at the same time. */
  readonly partitionsConcurrent?: number;
  /** A batch must take less: without a heartbeat for this long the group gives the partitions to others. */
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** How long the group waits for batches in hand when it rebalances. */
  readonly rebalanceTimeoutMs?: number;
  /** Bounds a claim and a transaction, here and on the broker. */
  readonly transactionTimeoutMs?: number;
  readonly requestBounds?: RequestBounds;
  readonly backoff?: BackoffOptions;
  readonly stopTimeoutMs?: number;
  readonly checkTimeoutMs?: number;
}

const defaults = {
  batchRecordsMax: 2_000,
  fetchBytesPerPartition: 2 * 1_048_576,
  fetchBytesMax: 16 * 1_048_576,
  fetchWaitMs: 50,
  partitionsConcurrent: 16,
  sessionTimeoutMs: 30_000,
  heartbeatIntervalMs: 3_000,
  rebalanceTimeoutMs: 30_000,
  transactionTimeoutMs: 10_000,
  requestBounds: { recordsMax: 4_000, bytesMax: 512 * 1_024 },
  backoff: { minMs: 200, maxMs: 5_000 },
  stopTimeoutMs: 6_000,
  checkTimeoutMs: 10_000,
} as const;

/** The events topic on Kafka. Connects when it is first used, and goes on trying while the brokers are away. */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const { connection, groupId, logger } = options;
  const settings = { ...defaults, ...options };
  const disposal = createDisposal();
  const admin = createAdminClient(createKafka(options, { retries: 3 }), disposal);
  const ends = createAdminClient(readingUncommitted(createKafka(options, { retries: 3 })), disposal);
  const consumptions: Consumption[] = [];
  const clock = systemClock;

  return {
    consume: (handler, observer) => {
      const consumption = consumeKafka(
        {
          claims: {
            ...settings,
            kafka: createKafka(options, transactionalRetry),
            admin,
            disposal,
            clock,
            topicPrefix: connection.topicPrefix,
          },
          member: { ...settings, kafka: createKafka(options, { retries: 5 }), groupId },
          clock,
          logger,
          batchRecordsMax: settings.batchRecordsMax,
          backoff: settings.backoff,
          stopTimeoutMs: settings.stopTimeoutMs,
        },
        handler,
        observer,
      );
      consumptions.push(consumption);
      return Promise.resolve(consumption);
    },
    checkTopics: async () => {
      const attempt = 'check the topics';
      try {
        return await withDeadline(
          checkTopics(admin, connection.topicPrefix),
          settings.checkTimeoutMs,
          attempt,
        );
      } catch (error) {
        throw logError(error, attempt);
      }
    },
    endOffsets: async () => {
      const topic = topicName('events', connection.topicPrefix);
      const attempt = `look up the ends of ${topic}`;
      try {
        const bounds = await withDeadline(
          ends.use((client) => boundsOf(client, topic)),
          settings.checkTimeoutMs,
          attempt,
        );
        return new Map(bounds.map(({ partition, high }) => [partition, BigInt(high)]));
      } catch (error) {
        throw logError(error, attempt);
      }
    },
    close: async () => {
      await Promise.all(consumptions.map((consumption) => consumption.stop()));
      const closed = Promise.all([admin.close(), ends.close(), disposal.settled()]);
      // What still hangs now is a farewell to a broker that does not answer.
      await withDeadline(closed, closeTimeoutMs, 'close').catch(() => {});
    },
  };
}

const closeTimeoutMs = 2_000;
const checkedTopics = ['events', 'metrics', 'deadLetters', 'offerStates', 'timers'] as const;

async function checkTopics(admin: AdminClient, topicPrefix: string): Promise<{ partitions: number }> {
  const names = checkedTopics.map((topic) => topicName(topic, topicPrefix));
  const counts = await admin.use(async (client) => {
    const existing = new Set(await client.listTopics());
    const topics = names.filter((name) => existing.has(name));
    if (topics.length === 0) return new Map<string, number>();
    const metadata = await client.fetchTopicMetadata({ topics });
    return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
  });
  const missing = names.filter((name) => !counts.has(name));
  if (missing.length > 0) {
    const message = `topics are missing: ${missing.join(', ')}. Create them with \`offerlock topics apply\`.`;
    throw new OfferlockError('TOPIC_MISSING', message, { details: { topics: missing } });
  }
  const [eventsTopic = '', ...outputTopics] = names;
  const partitions = counts.get(eventsTopic) ?? 0;
  const others = outputTopics.filter((name) => counts.get(name) !== partitions);
  if (others.length > 0) {
    const found = others.map((name) => `${name} has ${counts.get(name)}`).join(', ');
    throw new OfferlockError(
      'PARTITION_COUNT_CHANGED',
      `${eventsTopic} has ${partitions} partitions, but ${found}: outputs stay in the partition of their event, so ` +
        'all must have as many.',
      { details: { partitions, topics: others } },
    );
  }
  return { partitions };
}
