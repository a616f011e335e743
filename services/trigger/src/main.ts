#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  describeVariables,
  kafkaConnectionOf,
  lifecyclesOf,
  parseVariables,
  redisConnectionOf,
  registryConnectionOf,
} from '@offerlock/config';
import { partitionOfKey } from '@offerlock/event-log';
import {
  createKafkaDocuments,
  createKafkaEventLog,
  createKafkaEventSink,
  createKafkaTopicFollower,
} from '@offerlock/event-log/kafka';
import {
  createRedisAgentBoard,
  createRedisOfferDesk,
  createRedisProgressReader,
} from '@offerlock/projection/redis';
import {
  createDecoder,
  createEncoders,
  type ActionMaps,
  type Encoders,
  type WebActionMetric,
} from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import {
  accessOf,
  closeHttp,
  createHttpApp,
  listen,
  passBootChecks,
  runMain,
  stopOnSignals,
  unavailable,
} from '@offerlock/server';
import { pino } from 'pino';
import { triggerVariables } from './config.ts';
import { actionMapRoutes } from './maps/action-map-routes.ts';
import { createRulesBook } from './maps/rules-book.ts';
import { createChatWindow } from './pacing/chat-window.ts';
import type { Clock } from './ports.ts';
import { createTrigger } from './trigger.ts';

const usage = `offerlock-trigger: answers which offer may be shown to a visitor now.

Usage: node services/trigger/dist/main.js [--help]

It takes no arguments; everything is set by environment variables:

${describeVariables(triggerVariables)}

Ends on SIGTERM or SIGINT within 10 s, at once on a second one: what is decided is published. Exit codes: 0 stopped,
1 failed, 2 configuration not valid.
`;

const stopDeadlineMs = 10_000;
const publishDeadlineMs = 5_000;
const requestsEndMs = 2_000;
const bootRetryDelayMs = 1_000;
const deskTimeoutMinMs = 1_000;
/** A pending offer is over by then: a promise after its lease and the lag, a qualification with its session. */
const pendingTtlMinMs = 1_800_000;

const clock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};

async function main(): Promise<number> {
  const values = parseVariables(triggerVariables, process.env);
  const lifecycles = lifecyclesOf(values);
  const kafka = kafkaConnectionOf(values);
  const redis = redisConnectionOf(values);
  const registry = createConfluentRegistry(registryConnectionOf(values));
  const logger = pino({ level: values.OFFERLOCK_LOG_LEVEL, base: { service: 'trigger', pid: process.pid } });
  const access = await accessOf(values, logger);
  const clientId = `offerlock-trigger-${hostname()}-${process.pid}`;
  const client = { connection: kafka, clientId, logger: logger.child({ client: 'kafka' }) };
  const redisLogger = logger.child({ client: 'redis' });

  const policy = {
    leaseMs: values.OFFERLOCK_LEASE_MS,
    projectionLagMaxMs: values.OFFERLOCK_PROJECTION_LAG_MAX_MS,
    deadlineMs: values.OFFERLOCK_DECISION_DEADLINE_MS,
  };
  const pendingTtlMs = Math.max(pendingTtlMinMs, 2 * (policy.leaseMs + policy.projectionLagMaxMs));
  const desk = createRedisOfferDesk(redis, {
    // Longer than an answer may take: what was written too late for it is still told to the log.
    timeoutMs: Math.max(deskTimeoutMinMs, policy.deadlineMs),
    pendingTtlMs,
    logger: redisLogger,
  });
  const board = createRedisAgentBoard(redis, { logger: redisLogger });
  const progressReader = createRedisProgressReader(redis, { logger: redisLogger });
  const eventLog = createKafkaEventLog({ ...client, groupId: clientId });
  const events = createKafkaEventSink(client);
  const blockedOffers = createKafkaEventSink({ ...client, topic: 'blockedOffers' });
  const documents = createKafkaDocuments({ ...client, topic: 'actionMaps' });
  const follower = createKafkaTopicFollower(client);

  let waitingFor: string | null = 'the boot checks';
  let encoders: Encoders | null = null;
  const known = (): Encoders => {
    if (encoders === null) throw unavailable(`waiting for ${waitingFor ?? 'nothing'}`);
    return encoders;
  };
  const mapsDecoder = createDecoder<ActionMaps>(registry, { actionMaps: (maps) => maps });
  const sessionIdleMs = values.OFFERLOCK_SESSION_IDLE_MS;
  const book = createRulesBook({
    follower,
    decoder: mapsDecoder,
    rules: { lifecycles, sessionIdleMs },
    logger,
  });
  const chats = createChatWindow({
    follower,
    decoder: createDecoder<WebActionMetric>(registry, { metric: (metric) => metric }),
    publishedBy: (tenantId) => book.publishedBy(tenantId),
    now: clock.now,
    windowMs: values.OFFERLOCK_PACING_WINDOW_MS,
  });
  const trigger = createTrigger({
    desk,
    board,
    progressReader,
    book,
    chats,
    events,
    blockedOffers,
    encoders: {
      event: { encode: (event) => known().event.encode(event) },
      blockedOffer: { encode: (offer) => known().blockedOffer.encode(offer) },
    },
    lifecycles,
    partitionOf: (customer, partitions) => partitionOfKey(Buffer.from(customer), partitions),
    policy,
    clock,
    ids: { newActionId: randomUUID, newEventId: randomUUID },
    logger,
  });
  const http = await createHttpApp({
    title: 'Offerlock trigger',
    description: 'Answers which offer may be shown to a visitor now, and why not another one.',
    logger,
    guard: { host: values.OFFERLOCK_HTTP_HOST, allowedHosts: values.OFFERLOCK_HTTP_ALLOWED_HOSTS ?? [] },
    access,
    health: {
      live: () => ({ healthy: true, detail: 'it answers' }),
      ready: () =>
        waitingFor === null ? trigger.ready() : { healthy: false, detail: `waiting for ${waitingFor}` },
      metrics: () => trigger.metrics.registry,
    },
    routes: async (routes) => {
      await routes.register(trigger.routes);
      const encoder = { encode: (maps: ActionMaps) => known().actionMaps.encode(maps) };
      await routes.register(
        actionMapRoutes({ documents, decoder: mapsDecoder, encoder, now: clock.now, book }),
      );
    },
  });

  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    await closeHttp(http, requestsEndMs);
    await trigger.stop(publishDeadlineMs);
    await Promise.all([book.stop(), chats.stop()]);
  };
  const signal = stopOnSignals({ logger, deadlineMs: stopDeadlineMs, stop: () => (stopped ??= stop()) });

  try {
    const address = await listen(http, values.OFFERLOCK_HTTP_HOST, values.OFFERLOCK_HTTP_PORT);
    logger.info({ address }, 'serving');
    const checks = [
      {
        title: 'Kafka with its topics',
        run: async () => {
          await eventLog.checkTopics();
        },
      },
      {
        title: 'the schema registry with our schemas',
        run: async () => {
          encoders = await createEncoders(registry, kafka.topicPrefix);
        },
      },
    ];
    const onWaiting = (title: string | null): void => {
      waitingFor = title;
    };
    if (await passBootChecks(checks, { logger, signal, retryDelayMs: bootRetryDelayMs, onWaiting })) {
      logger.info('following action maps, chats and the projection');
      await Promise.all([book.run(), chats.run(), trigger.run()]);
    }
    await (stopped ??= stop());
    logger.info('stopped');
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, 'cannot go on');
    return 1;
  } finally {
    access.keyring?.close();
    await Promise.allSettled([(stopped ??= stop()), follower.close(), documents.close(), eventLog.close()]);
    await Promise.allSettled(
      [events, blockedOffers, desk, board, progressReader].map((part) => part.close()),
    );
  }
}

runMain({ usage, run: main });
