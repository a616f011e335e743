import { OfferlockError } from '@offerlock/lifecycle';
import { topicName, type Topic } from '@offerlock/schemas';
import type { Admin, Message, Producer } from 'kafkajs';
import { markFromText, markToText } from '../owner/mark.ts';
import type { CommittedOffset, LogTransfer, TransferRecord } from '../transfer.ts';
import { createAdminClient } from './admin-client.ts';
import { createKafka, type KafkaClientOptions } from './client.ts';
import { withDeadline } from './deadline.ts';
import { createDisposal } from './disposal.ts';
import { ownProducer, transactionalRetry } from './kafka-claim.ts';
import { boundsOf, readDefaults, readInGroup } from './kafka-topic-reader.ts';
import { logError } from './log-error.ts';
import { runsOf, type RequestBounds } from './requests.ts';
import { sendOffset } from './send-offset.ts';
import { CallerError } from './topic-read.ts';

export interface KafkaLogTransferOptions extends KafkaClientOptions {
  /** Of the projectors. */
  readonly groupId: string;
  /** Bounds one `append`, and one `commit`. */
  readonly timeoutMs?: number;
  readonly requestBounds?: RequestBounds;
}

const defaults = { timeoutMs: 60_000, requestBounds: { recordsMax: 500, bytesMax: 512 * 1_024 } };
const closeTimeoutMs = 2_000;
const transactionTimeoutMs = 10_000;
/** Long enough for a broker that is started again. */
const retry = { retries: 8, initialRetryTime: 100, maxRetryTime: 5_000 };

/** A log on Kafka, for moving it. Connects when it is first used. */
export function createKafkaLogTransfer(options: KafkaLogTransferOptions): LogTransfer {
  const { groupId } = options;
  const { timeoutMs, requestBounds } = { ...defaults, ...options };
  const disposal = createDisposal();
  const kafka = createKafka(options, retry);
  const admin = createAdminClient(kafka, disposal);
  const nameOf = (topic: Topic) => topicName(topic, options.connection.topicPrefix);
  let present: { readonly producer: Producer; readonly connected: Promise<void> } | null = null;

  const asking = async <T>(attempt: string, work: (client: Admin) => Promise<T>): Promise<T> => {
    try {
      return await admin.use(work);
    } catch (error) {
      throw logError(error, attempt);
    }
  };

  const send = async (topic: string, partition: number, records: readonly TransferRecord[]) => {
    present ??= connect(kafka);
    const used = present;
    try {
      await used.connected;
      const messages = records.map((record) => messageOf(partition, record));
      const [sent] = await used.producer.send({ topic, messages, acks: -1 });
      if (sent?.baseOffset === undefined) throw new Error('Kafka did not say where the records lie');
      return BigInt(sent.baseOffset);
    } catch (error) {
      // As in the sink: its sequence numbers may be in use by a request that arrives after all.
      if (present === used) present = null;
      disposal.dispose(used.producer, used.connected);
      throw error;
    }
  };

  return {
    identity: () =>
      asking('ask Kafka for its cluster', async (client) => (await client.describeCluster()).clusterId),
    bounds: (topic) =>
      asking(`look up the bounds of ${nameOf(topic)}`, async (client) => {
        await requireTopic(client, nameOf(topic));
        const bounds = await boundsOf(client, nameOf(topic));
        return bounds
          .toSorted((one, other) => one.partition - other.partition)
          .map(({ low, high }) => ({ startOffset: BigInt(low), endOffset: BigInt(high) }));
      }),
    read: async (topic, from, onRecords) => {
      const name = nameOf(topic);
      const own = kafka.admin();
      try {
        await own.connect();
        await requireTopic(own, name);
        return { records: await readInGroup(kafka, own, readDefaults, name, from, onRecords) };
      } catch (error) {
        throw error instanceof CallerError ? error.cause : logError(error, `read ${name}`);
      } finally {
        await own.disconnect().catch(() => {});
      }
    },
    append: async (topic, partition, records) => {
      const name = nameOf(topic);
      const attempt = `append ${records.length} records to ${name}/${partition}`;
      try {
        let first: bigint | null = null;
        for (const run of runsOf(records, requestBounds)) {
          const baseOffset = await withDeadline(send(name, partition, run), timeoutMs, attempt);
          first ??= baseOffset;
        }
        if (first === null) throw new Error('there is nothing to append');
        return first;
      } catch (error) {
        throw logError(error, attempt, { topic: name, partition });
      }
    },
    group: () =>
      asking(`look up the group ${groupId}`, async (client) => {
        const topic = nameOf('events');
        await requireTopic(client, topic);
        const { groups } = await client.describeGroups([groupId]);
        const [offsets] = await client.fetchOffsets({ groupId, topics: [topic] });
        const committed = (offsets?.partitions ?? [])
          .toSorted((one, other) => one.partition - other.partition)
          .map(committedOf);
        return { members: groups[0]?.members.length ?? 0, committed };
      }),
    commit: async (partition, { offset, mark }) => {
      const place = { groupId, topic: nameOf('events'), partition };
      const attempt = `commit offset ${offset} of ${place.topic}/${partition} for ${groupId}`;
      const producer = ownProducer(createKafka(options, transactionalRetry), place, transactionTimeoutMs);
      const work = commitOnce(producer, place, {
        offset,
        metadata: mark === null ? '' : markToText(mark),
      });
      try {
        await withDeadline(work, timeoutMs, attempt);
      } catch (error) {
        throw logError(error, attempt);
      } finally {
        disposal.dispose(producer, work);
      }
    },
    close: async () => {
      if (present !== null) disposal.dispose(present.producer, present.connected);
      present = null;
      const closed = Promise.all([admin.close(), disposal.settled()]);
      await withDeadline(closed, closeTimeoutMs, 'close').catch(() => {});
    },
  };
}

function connect(kafka: ReturnType<typeof createKafka>) {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Every message names its partition.
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    retry,
  });
  return { producer, connected: producer.connect() };
}

function messageOf(partition: number, { key, value, headers, timestampMs }: TransferRecord): Message {
  return { partition, key, value, headers: { ...headers }, timestamp: String(timestampMs) };
}

async function requireTopic(client: Admin, topic: string): Promise<void> {
  if ((await client.listTopics()).includes(topic)) return;
  throw new OfferlockError('TOPIC_MISSING', `topic ${topic} does not exist`, { details: { topic } });
}

function committedOf({
  offset,
  metadata,
}: {
  offset: string;
  metadata: string | null;
}): CommittedOffset | null {
  return offset === '-1' ? null : { offset: BigInt(offset), mark: markFromText(metadata) };
}

async function commitOnce(
  producer: Producer,
  place: { readonly groupId: string; readonly topic: string; readonly partition: number },
  committed: { readonly offset: bigint; readonly metadata: string },
): Promise<void> {
  await producer.connect();
  const transaction = await producer.transaction();
  await sendOffset(transaction, place, committed);
  await transaction.commit();
}
