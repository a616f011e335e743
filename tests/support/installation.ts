import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  kafkaConnectionOf,
  kafkaVariables,
  parseVariables,
  redisConnectionOf,
  redisVariables,
  registryConnectionOf,
  registryVariables,
} from '@offerlock/config';
import type { EventSink, TopicReader } from '@offerlock/event-log';
import { applyTopics, createKafkaEventSink, createKafkaTopicReader } from '@offerlock/event-log/kafka';
import type { FoldOptions, WebActionEvent } from '@offerlock/lifecycle';
import type { ProjectionReader } from '@offerlock/projection';
import { createRedisProjectionReader } from '@offerlock/projection/redis';
import {
  createEncoders,
  registerSchemas,
  topicName,
  type Encoders,
  type SchemaRegistry,
} from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import type { Stack } from '@offerlock/stack';
import kafkajs from 'kafkajs';
import { differences, foldedAccount, foundAccount, type Account } from './account.ts';
import { redisFacts } from './redis-facts.ts';
import { startProjectorProcess } from './projector-process.ts';
import { repository, type ServingProcess } from './serving-process.ts';

/** Topics, schemas, a group and keys of its own on the real Kafka, registry and Redis. */
export interface Installation {
  /** The variables that a process needs to work in this installation. */
  readonly environment: Readonly<Record<string, string>>;
  readonly eventsTopic: string;
  readonly topicPrefix: string;
  readonly registry: SchemaRegistry;
  readonly encoders: Encoders;
  readonly sink: EventSink;
  readonly reader: TopicReader;
  readonly projection: ProjectionReader;
  publish(events: readonly WebActionEvent[]): Promise<void>;
  /** Starts another projector; it is killed on `close` if it still runs. `dying`: one that ends by itself. */
  startProjector(
    environment?: Readonly<Record<string, string>>,
    options?: Parameters<typeof startProjectorProcess>[1] & { readonly dying?: boolean },
  ): ServingProcess;
  /** Committed and end offset of every partition of the events topic. */
  offsets(): Promise<
    readonly { readonly partition: number; readonly committed: bigint; readonly end: bigint }[]
  >;
  /** Waits until everything in the events topic is committed. */
  drained(deadlineMs?: number): Promise<void>;
  /** The fold's account, and what differs from it in Kafka and Redis. */
  compare(
    options?: FoldOptions,
  ): Promise<{ readonly truth: Account; readonly differences: readonly string[] }>;
  /** Waits until the fact holds. Rejects after the deadline, or as soon as a projector ended that nobody killed. */
  until(fact: () => boolean | Promise<boolean>, deadlineMs?: number): Promise<void>;
  close(): Promise<void>;
}

const lookEveryMs = 50;

export async function createInstallation({
  partitions = 4,
  stack,
}: { partitions?: number; stack?: Stack } = {}): Promise<Installation> {
  const id = randomBytes(6).toString('hex');
  const addresses =
    stack === undefined
      ? {}
      : {
          OFFERLOCK_KAFKA_BROKERS: stack.brokers.join(','),
          OFFERLOCK_REGISTRY_URL: stack.registryUrl,
          OFFERLOCK_REDIS_ADDRESSES: stack.redisAddress,
        };
  const environment: Record<string, string> = {
    ...addresses,
    OFFERLOCK_TOPIC_PREFIX: `${id}.`,
    OFFERLOCK_REDIS_KEY_PREFIX: `${id}:`,
    OFFERLOCK_GROUP_ID: `projector-${id}`,
  };
  const all = { ...process.env, ...environment };
  const connection = kafkaConnectionOf(parseVariables(kafkaVariables, all));
  const redis = redisConnectionOf(parseVariables(redisVariables, all));
  // The first requests to a registry that has just started are slow, the more so on a busy machine.
  const registry = createConfluentRegistry(registryConnectionOf(parseVariables(registryVariables, all)), {
    requestTimeoutMs: 20_000,
  });

  const { topics } = JSON.parse(readFileSync(`${repository}infra/kafka/topics.json`, 'utf8')) as {
    topics: {
      name: string;
      partitions: number;
      partitionsFixed?: boolean;
      replicationFactor: number;
      configs: Record<string, string>;
    }[];
  };
  await applyTopics({ connection, definitions: topics, partitions, replicationFactor: 1 });
  await registerSchemas(registry, connection.topicPrefix);

  const eventsTopic = topicName('events', connection.topicPrefix);
  const encoders = await createEncoders(registry, connection.topicPrefix);
  const sink = createKafkaEventSink({ connection });
  const reader = createKafkaTopicReader({ connection });
  const projection = createRedisProjectionReader(redis);
  const admin = new kafkajs.Kafka({
    brokers: [...connection.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  const projectors: { readonly process: ServingProcess; expectedToEnd: boolean }[] = [];

  const installation: Installation = {
    environment,
    eventsTopic,
    topicPrefix: connection.topicPrefix,
    registry,
    encoders,
    sink,
    reader,
    projection,
    publish: (events) =>
      sink.append(
        events.map((event) => ({
          key: `${event.tenantId}/${event.customerId}`,
          value: encoders.event.encode(event),
        })),
      ),
    startProjector(extra = {}, options = {}) {
      const started = startProjectorProcess({ ...environment, ...extra }, options);
      const entry = { process: started, expectedToEnd: options.dying ?? false };
      projectors.push(entry);
      return {
        ...started,
        logLines: started.logLines,
        kill(signal) {
          if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') entry.expectedToEnd = true;
          started.kill(signal);
        },
      };
    },
    async offsets() {
      const groupId = environment['OFFERLOCK_GROUP_ID'] ?? '';
      for (;;) {
        const answers = await Promise.all([
          admin.fetchOffsets({ groupId, topics: [eventsTopic] }),
          admin.fetchTopicOffsets(eventsTopic),
        ]).catch(whileUnreachable);
        if (answers === null) {
          await lookAgainLater();
          continue;
        }
        const [committed, ends] = answers;
        // Kafka answers in any order.
        const inOrder = ends.toSorted((one, other) => one.partition - other.partition);
        return inOrder.map(({ partition, high }) => {
          const offset = committed[0]?.partitions.find((one) => one.partition === partition)?.offset ?? '-1';
          return { partition, committed: BigInt(offset), end: BigInt(high) };
        });
      }
    },
    async drained(deadlineMs = 120_000) {
      await installation.until(async () => {
        const offsets = await installation.offsets();
        return offsets.every(({ committed, end }) => committed >= end || end === 0n);
      }, deadlineMs);
    },
    async compare(options) {
      const truth = await foldedAccount(reader, registry, options);
      const found = await foundAccount(reader, registry, projection, truth.customers);
      const { customers } = await redisFacts(all);
      const surplus = customers - truth.customers.length;
      return {
        truth,
        differences: [
          ...differences(truth, found),
          ...(surplus === 0 ? [] : [`the projection holds ${surplus} customers that no event is of`]),
        ],
      };
    },
    async until(fact, deadlineMs = 60_000) {
      const deadline = Date.now() + deadlineMs;
      while (!(await fact())) {
        const dead = projectors.find(
          ({ process: one, expectedToEnd }) => !expectedToEnd && !isRunning(one.pid),
        );
        if (dead !== undefined) {
          throw new Error(`a projector ended by itself: ${JSON.stringify(dead.process.logLines.slice(-5))}`);
        }
        if (Date.now() > deadline) {
          const offsets = JSON.stringify(await installation.offsets().catch(String), (_, value: unknown) =>
            typeof value === 'bigint' ? value.toString() : value,
          );
          const logs = JSON.stringify(projectors.map(({ process: one }) => one.logLines.slice(-5)));
          throw new Error(
            `not within ${deadlineMs} ms: ${String(fact)}\noffsets ${offsets}\nlast log lines ${logs}`,
          );
        }
        await lookAgainLater();
      }
    },
    async close() {
      for (const { process: one } of projectors) {
        if (!isRunning(one.pid)) continue;
        one.kill('SIGCONT');
        one.kill('SIGKILL');
        await one.exited;
      }
      const own = (await admin.listTopics()).filter((topic) => topic.startsWith(connection.topicPrefix));
      await admin.deleteTopics({ topics: own });
      await Promise.all([admin.disconnect(), sink.close(), reader.close(), projection.close()]);
    },
  };
  return installation;
}

function lookAgainLater(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, lookEveryMs);
  });
}

/** A broker that starts, or is away, answers later. */
function whileUnreachable(error: unknown): null {
  if (error instanceof kafkajs.KafkaJSError && error.retriable) return null;
  throw error;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
