import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import { topicName } from '@offerlock/schemas';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import type { Documents, DocumentTopic } from '../documents.ts';
import { backoffMs, type BackoffOptions } from '../owner/backoff.ts';
import { createAdminClient } from './admin-client.ts';
import { createKafka, type KafkaClientOptions } from './client.ts';
import { withDeadline } from './deadline.ts';
import { createDisposal } from './disposal.ts';
import { transactionalRetry } from './kafka-claim.ts';
import { FollowedDocuments, idHeader } from './followed-documents.ts';
import { logError } from './log-error.ts';
import { CallerError } from './topic-read.ts';

export interface KafkaDocumentsOptions extends KafkaClientOptions {
  /** Default: `actionMaps`. */
  readonly topic?: DocumentTopic;
  /** Bounds a change, all of its tries and the wait for its turn included. */
  readonly changeTimeoutMs?: number;
  readonly triesMax?: number;
  /** The wait before a further try: at first about as long as a change takes, so that the others can finish theirs. */
  readonly backoff?: BackoffOptions;
}

const defaults = { topic: 'actionMaps', changeTimeoutMs: 30_000, triesMax: 20 } as const;
const backoffDefaults: BackoffOptions = { minMs: 100, maxMs: 3_000 };
const transactionTimeoutMs = 10_000;
const closeTimeoutMs = 5_000;

/** One call of `change`. */
interface Change {
  readonly key: string;
  readonly apply: (present: Buffer | null) => Buffer | null;
  /** Of the records that it has tried to write. */
  readonly ids: Set<string>;
  /** Nobody waits for it any more. */
  isGivenUp: boolean;
}

/**
 * Changes documents in transactions under one transactional id per topic. Each try begins by initialising a producer of its
 * own: Kafka then ends every earlier transaction of that id, and refuses whoever had begun one. What is read
 * afterwards is the newest there is, and stays so until this try commits, or is itself refused.
 *
 * The documents of the topic are kept in memory, by a follower that the first change begins.
 */
export function createKafkaDocuments(options: KafkaDocumentsOptions): Documents {
  const {
    topic: role,
    changeTimeoutMs,
    triesMax,
    backoff,
  } = {
    ...defaults,
    backoff: backoffDefaults,
    ...options,
  };
  const topic = topicName(role, options.connection.topicPrefix);
  const kafka = createKafka(options, transactionalRetry);
  const reading = createKafka(options, { retries: 5 });
  const disposal = createDisposal();
  const admin = createAdminClient(reading, disposal);
  const documents = new FollowedDocuments({ kafka: reading, admin, logger: options.logger }, topic);
  /** Settles when the change in hand has: they would refuse each other. */
  let turn: Promise<unknown> = Promise.resolve();

  const changeOnce = async (change: Change): Promise<Buffer | null> => {
    const { key, ids } = change;
    const producer = documentsProducer(kafka, topic);
    const work = (async () => {
      await producer.connect();
      const transaction = await producer.transaction();
      const { value: present, isOurs } = await documents.newest(key, ids);
      if (isOurs) return present;
      if (change.isGivenUp) throw new Error('given up');
      const value = applied(change, present);
      if (value === null) return present;
      const id = randomUUID();
      ids.add(id);
      try {
        const message = { key, value, headers: { [idHeader]: id } };
        await transaction.send({ topic, messages: [message], acks: -1 });
        await transaction.commit();
        // Kafka answers before the end of the transaction is in the log. A broker that was killed in between has been seen
        // to leave it open for good, and readers then do not see the change.
        await documents.sees(id);
      } catch (error) {
        // An open transaction hides from readers what others write after it, until it times out.
        if (transaction.isActive()) await transaction.abort().catch(() => {});
        throw error;
      }
      return value;
    })();
    try {
      return await work;
    } finally {
      disposal.dispose(
        producer,
        work.catch(() => {}),
      );
    }
  };

  const tryChange = async (change: Change): Promise<Buffer | null> => {
    for (let tries = 1; ; tries += 1) {
      if (change.isGivenUp) throw new Error('given up');
      try {
        return await changeOnce(change);
      } catch (error) {
        if (error instanceof CallerError || change.isGivenUp) throw error;
        const reason = logError(error, `change a document of ${topic}`, { topic, key: change.key });
        if (reason.handling === 'halt') throw reason;
        if (tries === triesMax) throw givenUp(reason, tries);
      }
      await delay(backoffMs(tries, backoff, Math.random));
    }
  };

  return {
    change: async (key, apply) => {
      const change: Change = { key, apply, ids: new Set(), isGivenUp: false };
      const attempt = `change ${key} of ${topic}`;
      const work = turn.then(() => tryChange(change));
      const inTime = withDeadline(work, changeTimeoutMs, attempt);
      turn = inTime.catch(() => {});
      try {
        return await inTime;
      } catch (error) {
        change.isGivenUp = true;
        throw error instanceof CallerError ? error.cause : logError(error, attempt, { topic, key });
      }
    },
    close: async () => {
      await turn;
      await documents.close();
      const closed = Promise.all([admin.close(), disposal.settled()]);
      await withDeadline(closed, closeTimeoutMs, 'close').catch(() => {});
    },
  };
}

function documentsProducer(kafka: Kafka, topic: string): Producer {
  return kafka.producer({
    transactionalId: `offerlock-documents:${topic}`,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: transactionTimeoutMs,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: transactionalRetry,
  });
}

function applied({ apply }: Change, present: Buffer | null): Buffer | null {
  try {
    return apply(present);
  } catch (error) {
    throw new CallerError(error);
  }
}

function givenUp(reason: OfferlockError, tries: number): OfferlockError {
  return new OfferlockError('LOG_UNAVAILABLE', `gave up after ${tries} tries: ${reason.message}`, {
    cause: reason,
    details: reason.details,
  });
}
