import { randomUUID } from 'node:crypto';
import type { KafkaConnection } from '@offerlock/config';
import { applyTopics, createKafkaEventLog, type KafkaEventLogOptions } from '@offerlock/event-log/kafka';
import type { EventLog } from '@offerlock/event-log';
import { topicName, topicNames, type Topic } from '@offerlock/schemas';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { until } from './until.ts';

const topics = Object.keys(topicNames) as readonly Topic[];

export type TopicConfigs = Partial<Record<Topic, Readonly<Record<string, string>>>>;

/** Topics and a group of one test's own on the real Kafka, and a client beside ours to reach into them. */
export interface KafkaLog {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly admin: Admin;
  /** Not transactional, not idempotent. */
  readonly producer: Producer;
  topic(topic: Topic): string;
  /** A member with short timeouts. The caller closes it. */
  member(options?: Partial<KafkaEventLogOptions>): EventLog;
  put(partition: number, values: readonly (Buffer | string)[]): Promise<void>;
  abortTransaction(partition: number, records: number): Promise<void>;
  fence(partition: number): Promise<void>;
  close(): Promise<void>;
}

export async function createKafkaLog(options: {
  readonly partitions: number;
  readonly configs?: TopicConfigs;
  /** Instead of the brokers of the environment. */
  readonly brokers?: readonly string[];
}): Promise<KafkaLog> {
  const brokers = options.brokers ?? (process.env['OFFERLOCK_KAFKA_BROKERS'] ?? '').split(',');
  const topicPrefix = `test-${randomUUID().slice(0, 8)}.`;
  const connection: KafkaConnection = { brokers, tls: false, sasl: null, topicPrefix };
  const groupId = `${topicPrefix}group`;
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ createPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);
  const topic = (name: Topic) => topicName(name, topicPrefix);
  await applyTopics({
    connection,
    definitions: topics.map((name) => ({
      name: topicNames[name],
      partitions: name === 'actionMaps' ? 1 : options.partitions,
      replicationFactor: 1,
      configs: options.configs?.[name] ?? {},
    })),
  });
  // A new topic's leader is named before it knows that it leads.
  await until('all partitions have leaders', async () => {
    await Promise.all(topics.map((name) => admin.fetchTopicOffsets(topic(name))));
    return true;
  });

  const inTransaction = async (
    transactionalId: string,
    work: (transaction: Awaited<ReturnType<Producer['transaction']>>) => Promise<void>,
  ) => {
    const transactional = kafka.producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner,
    });
    await transactional.connect();
    try {
      await work(await transactional.transaction());
    } finally {
      await transactional.disconnect();
    }
  };

  const endOf = async (partition: number): Promise<bigint> => {
    const ends = await admin.fetchTopicOffsets(topic('events'));
    return BigInt(ends.find((one) => one.partition === partition)?.high ?? 0);
  };

  return {
    connection,
    groupId,
    admin,
    producer,
    topic,
    member: (memberOptions = {}) =>
      createKafkaEventLog({
        connection,
        groupId,
        heartbeatIntervalMs: 100,
        sessionTimeoutMs: 6_000,
        rebalanceTimeoutMs: 6_000,
        backoff: { minMs: 50, maxMs: 500 },
        ...memberOptions,
      }),
    put: async (partition, values) => {
      const messages = values.map((value) => ({ partition, key: 'k', value }));
      for (let at = 0; at < messages.length; at += 500) {
        await producer.send({ topic: topic('events'), messages: messages.slice(at, at + 500) });
      }
    },
    abortTransaction: async (partition, records) => {
      let end = 0n;
      // A new topic's leader is named before it knows that it leads.
      await until('the partition has a leader', async () => {
        end = await endOf(partition);
        return true;
      });
      await inTransaction(randomUUID(), async (transaction) => {
        const messages = Array.from({ length: records }, () => ({ partition, value: 'aborted' }));
        await transaction.send({ topic: topic('events'), messages });
        await transaction.abort();
      });
      // Kafka answers before the marker is written, and a record that is put now could come before it.
      await until(
        'the marker is written',
        async () => (await endOf(partition)) >= end + BigInt(records) + 1n,
      );
    },
    // Kafka knows no transaction that touches nothing, so this initialises the producer and goes away.
    fence: (partition) =>
      inTransaction(`${groupId}:${topic('events')}:${partition}`, (transaction) => transaction.abort()),
    close: async () => {
      await admin.deleteTopics({
        topics: (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix)),
      });
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}
