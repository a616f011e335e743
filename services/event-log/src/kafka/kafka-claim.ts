import { topicName } from '@offerlock/schemas';
import type { Kafka, Producer, RetryOptions, Transaction } from 'kafkajs';
import type { Claim } from '../owner/claim.ts';
import type { Clock } from '../owner/clock.ts';
import { markFromText, markToText, nextMark, type Mark } from '../owner/mark.ts';
import { offsetOutsideLog } from '../owner/offset-outside-log.ts';
import type { OutputRecord } from '../ports.ts';
import type { AdminClient } from './admin-client.ts';
import { withDeadline } from './deadline.ts';
import type { Disposal } from './disposal.ts';
import { logError } from './log-error.ts';
import { requestsOf, type RequestBounds } from './requests.ts';
import { sendOffset } from './send-offset.ts';

export interface KafkaClaimOptions {
  readonly kafka: Kafka;
  readonly admin: AdminClient;
  readonly disposal: Disposal;
  readonly clock: Clock;
  readonly groupId: string;
  readonly topicPrefix: string;
  /** Bounds a claim, and each transaction: on our side and, for what we leave open, on the broker's. */
  readonly transactionTimeoutMs: number;
  readonly requestBounds: RequestBounds;
}

/**
 * Back-to-back transactions meet CONCURRENT_TRANSACTIONS while Kafka still writes the markers of the last one: begin
 * with a few milliseconds, try often, and leave the end to the deadline.
 */
export const transactionalRetry: RetryOptions = {
  initialRetryTime: 5,
  multiplier: 1.5,
  maxRetryTime: 100,
  retries: 100,
};

/**
 * Takes the claim on a partition. The order of the steps is what makes epochs follow the order in which Kafka fences:
 * first initialise the partition's own producer, only then read what is committed, then commit that again with the
 * new mark.
 */
export async function takeKafkaClaim(options: KafkaClaimOptions, partition: number): Promise<Claim> {
  const { kafka, disposal, clock, groupId, topicPrefix, transactionTimeoutMs } = options;
  const topic = topicName('events', topicPrefix);
  const place = { groupId, topic, partition };
  const producer = ownProducer(kafka, place, transactionTimeoutMs);
  const attempt = `claim ${topic}/${partition}`;
  let isLate = false;
  const inTime = () => {
    if (isLate) throw new Error(`${attempt}: given up`);
  };

  const steps = async (): Promise<Claim> => {
    await producer.connect();
    inTime();
    const transaction = await producer.transaction();
    inTime();
    const { startOffset, endOffset, lastMark } = await readCommitted(options, topic, partition);
    const mark = nextMark(lastMark, clock.now());
    inTime();
    await sendOffset(transaction, place, { offset: startOffset, metadata: markToText(mark) });
    inTime();
    await transaction.commit();
    return heldClaim(options, producer, place, { ...mark, startOffset, endOffset });
  };

  const work = steps();
  try {
    return await withDeadline(work, transactionTimeoutMs, attempt);
  } catch (error) {
    isLate = true;
    disposal.dispose(producer, work);
    throw logError(error, attempt, { topic, partition });
  }
}

interface OwnedPlace {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

/** The partition's own producer: whoever begins its next transaction fences everybody who had it before. */
export function ownProducer(kafka: Kafka, place: OwnedPlace, transactionTimeoutMs: number): Producer {
  const { groupId, topic, partition } = place;
  return kafka.producer({
    transactionalId: `${groupId}:${topic}:${partition}`,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: transactionTimeoutMs,
    allowAutoTopicCreation: false,
    // Outputs stay in the partition of their events.
    createPartitioner: () => () => partition,
    retry: transactionalRetry,
  });
}

async function readCommitted(
  { admin, groupId }: KafkaClaimOptions,
  topic: string,
  partition: number,
): Promise<{ startOffset: bigint; endOffset: bigint; lastMark: Mark | null }> {
  const { committed, log } = await admin.use(async (client) => {
    const [offsets] = await client.fetchOffsets({ groupId, topics: [topic] });
    const bounds = await client.fetchTopicOffsets(topic);
    return {
      committed: offsets?.partitions.find((found) => found.partition === partition),
      log: bounds.find((found) => found.partition === partition),
    };
  });
  if (log === undefined || committed === undefined) {
    throw new Error(`Kafka does not know ${topic}/${partition}`);
  }
  const logStart = BigInt(log.low);
  const endOffset = BigInt(log.high);
  const offset = BigInt(committed.offset);
  if (offset === noOffset) return { startOffset: logStart, endOffset, lastMark: null };
  // Also what kafkajs itself commits (-2) when a fetch fell out of the log: that must not pass for a fresh group.
  if (offset < logStart || offset > endOffset) {
    throw offsetOutsideLog({ topic, partition, offset, logStart, endOffset });
  }
  return { startOffset: offset, endOffset, lastMark: markFromText(committed.metadata) };
}

const noOffset = -1n;

function heldClaim(
  options: KafkaClaimOptions,
  producer: Producer,
  place: OwnedPlace,
  held: Mark & { readonly startOffset: bigint; readonly endOffset: bigint },
): Claim {
  const { disposal, topicPrefix, transactionTimeoutMs, requestBounds } = options;
  const { topic, partition } = place;
  const metadata = markToText(held);
  const attempt = `commit to ${topic}/${partition}`;
  const nameOf = (output: OutputRecord['topic']) => topicName(output, topicPrefix);
  let pending: Promise<unknown> = Promise.resolve();
  let isOver = false;
  const stillHeld = () => {
    if (isOver) throw new Error(`${attempt}: the claim is over`);
  };

  const run = async (transaction: Transaction, nextOffset: bigint, outputs: readonly OutputRecord[]) => {
    for (const topicMessages of requestsOf(outputs, requestBounds, partition, nameOf)) {
      stillHeld();
      await transaction.sendBatch({ topicMessages, acks: -1 });
    }
    stillHeld();
    await sendOffset(transaction, place, { offset: nextOffset, metadata });
    stillHeld();
    await transaction.commit();
  };

  const commit = async (nextOffset: bigint, outputs: readonly OutputRecord[]) => {
    stillHeld();
    const transaction = await producer.transaction();
    try {
      await run(transaction, nextOffset, outputs);
    } catch (error) {
      // An open transaction hides from readers what others write after it, until it times out.
      if (transaction.isActive()) await transaction.abort().catch(() => {});
      throw error;
    }
  };

  return {
    ...held,
    commit: async ({ nextOffset, outputs }) => {
      const work = commit(nextOffset, outputs);
      pending = work;
      try {
        await withDeadline(work, transactionTimeoutMs, attempt);
      } catch (error) {
        isOver = true;
        throw logError(error, attempt, { topic, partition, nextOffset: String(nextOffset) });
      }
    },
    release: () => {
      isOver = true;
      disposal.dispose(producer, pending);
    },
  };
}
