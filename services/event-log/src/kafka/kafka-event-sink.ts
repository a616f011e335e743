import { topicName } from '@offerlock/schemas';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import type { EventSink, SinkRecord, SinkTopic } from '../ports.ts';
import { createKafka, type KafkaClientOptions } from './client.ts';
import { withDeadline } from './deadline.ts';
import { createDisposal } from './disposal.ts';
import { logError } from './log-error.ts';
import { runsOf, type RequestBounds } from './requests.ts';

export interface KafkaEventSinkOptions extends KafkaClientOptions {
  /** Default: `events`. */
  readonly topic?: SinkTopic;
  /** Bounds an `append`, waiting for its turn included. */
  readonly appendTimeoutMs?: number;
  readonly requestBounds?: RequestBounds;
}

const defaults: Required<Omit<KafkaEventSinkOptions, keyof KafkaClientOptions>> = {
  topic: 'events',
  appendTimeoutMs: 10_000,
  requestBounds: { recordsMax: 500, bytesMax: 512 * 1_024 },
};
const closeTimeoutMs = 2_000;

interface Append {
  readonly records: readonly SinkRecord[];
  /** Nobody waits for it any more. */
  isGivenUp: boolean;
  readonly settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
}

/**
 * Appends to one topic. One request is under way at a time, and takes along every call that waits meanwhile:
 * so a key keeps its order among calls that overlap, and many small calls cost few requests. Keys are spread over
 * the partitions as Kafka's own clients do it.
 */
export function createKafkaEventSink(options: KafkaEventSinkOptions): EventSink {
  const { topic: role, appendTimeoutMs, requestBounds } = { ...defaults, ...options };
  const topic = topicName(role, options.connection.topicPrefix);
  const kafka = createKafka(options, retry);
  const disposal = createDisposal();
  let present: { readonly producer: Producer; readonly connected: Promise<void> } | null = null;
  let waiting: Append[] = [];
  let sending: Promise<void> | null = null;

  const send = async (records: readonly SinkRecord[]): Promise<void> => {
    present ??= connect(kafka);
    const used = present;
    try {
      await used.connected;
      for (const run of runsOf(records, requestBounds)) {
        await used.producer.send({ topic, messages: run, acks: -1 });
      }
    } catch (error) {
      // The next records would go under the sequence numbers of those that failed, and Kafka would take them for
      // repeats if those arrived after all.
      if (present === used) present = null;
      disposal.dispose(used.producer, used.connected);
      throw error;
    }
  };

  const sendWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      const turn = takeTurn(waiting, requestBounds.recordsMax);
      waiting = waiting.slice(turn.length);
      const wanted = turn.filter((append) => !append.isGivenUp);
      try {
        await send(wanted.flatMap(({ records }) => records));
        for (const { settle } of wanted) settle.resolve();
      } catch (error) {
        for (const { settle } of wanted) settle.reject(error);
      }
    }
    sending = null;
  };

  return {
    append: async (records) => {
      const attempt = `append ${records.length} records to ${topic}`;
      let append: Append | undefined;
      const done = new Promise<void>((resolve, reject) => {
        append = { records, isGivenUp: false, settle: { resolve, reject } };
        waiting.push(append);
      });
      sending ??= sendWaiting();
      try {
        await withDeadline(done, appendTimeoutMs, attempt);
      } catch (error) {
        if (append !== undefined) append.isGivenUp = true;
        throw logError(error, attempt, { topic });
      }
    },
    close: async () => {
      if (sending !== null) await withDeadline(sending, appendTimeoutMs, 'close').catch(() => {});
      if (present !== null) disposal.dispose(present.producer);
      present = null;
      await withDeadline(disposal.settled(), closeTimeoutMs, 'close').catch(() => {});
    },
  };
}

const retry = { retries: 5, initialRetryTime: 50, maxRetryTime: 1_000 };

function connect(kafka: Kafka) {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry,
  });
  return { producer, connected: producer.connect() };
}

/** The first appends that fit into one request together; always at least one. */
function takeTurn(waiting: readonly Append[], recordsMax: number): Append[] {
  const turn: Append[] = [];
  let records = 0;
  for (const append of waiting) {
    records += append.records.length;
    if (turn.length > 0 && records > recordsMax) break;
    turn.push(append);
  }
  return turn;
}
