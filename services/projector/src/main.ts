#!/usr/bin/env node
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  describeVariables,
  foldOptionsOf,
  kafkaConnectionOf,
  parseVariables,
  redisConnectionOf,
  registryConnectionOf,
} from '@offerlock/config';
import { createKafkaEventLog, createKafkaTopicReader } from '@offerlock/event-log/kafka';
import { createRedisProjectionStore } from '@offerlock/projection/redis';
import {
  createDecoder,
  createEncoders,
  createRecordDecoder,
  topicName,
  type Encoders,
  type OfferStateChange,
} from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import { healthRoutes, passBootChecks, runMain, stopOnSignals } from '@offerlock/server';
import Fastify from 'fastify';
import { pino } from 'pino';
import { projectorVariables } from './config.ts';
import { noteFreshness } from './freshness.ts';
import { createProjector } from './projector.ts';
import { restoreProjection } from './restore.ts';

const usage = `offerlock-projector: folds the events topic into the projection and publishes metrics.

Usage: node services/projector/dist/main.js [--help]

It takes no arguments; everything is set by environment variables:

${describeVariables(projectorVariables)}

Ends on SIGTERM or SIGINT within 10 s, with nothing half done. Exit codes: 0 stopped, 1 failed, 2 configuration not valid.
`;

const clock = {
  now: Date.now,
  // Rejects only because of the signal, which ends the sleep as promised.
  sleep: (ms: number, signal: AbortSignal): Promise<void> =>
    delay(ms, undefined, { signal }).catch(() => undefined),
};

const stopDeadlineMs = 10_000;
const bootRetryDelayMs = 1_000;

async function main(): Promise<number> {
  const values = parseVariables(projectorVariables, process.env);
  const foldOptions = foldOptionsOf(values);
  const kafka = kafkaConnectionOf(values);
  const logger = pino({
    level: values.OFFERLOCK_LOG_LEVEL,
    base: { service: 'projector', pid: process.pid },
  });

  const registry = createConfluentRegistry(registryConnectionOf(values));
  const store = createRedisProjectionStore(redisConnectionOf(values), {
    ttlMs: values.OFFERLOCK_OFFER_TTL_MS,
    logger: logger.child({ client: 'redis' }),
  });
  const eventLog = createKafkaEventLog({
    connection: kafka,
    groupId: values.OFFERLOCK_GROUP_ID,
    clientId: `offerlock-projector-${hostname()}-${process.pid}`,
    batchRecordsMax: values.OFFERLOCK_BATCH_RECORDS_MAX,
    sessionTimeoutMs: values.OFFERLOCK_SESSION_TIMEOUT_MS,
    // A third, as Kafka recommends: two heartbeats may get lost.
    heartbeatIntervalMs: Math.max(1, Math.min(3_000, Math.floor(values.OFFERLOCK_SESSION_TIMEOUT_MS / 3))),
    logger: logger.child({ client: 'kafka' }),
  });

  let projector: ReturnType<typeof createProjector> | null = null;
  const stopping = stopOnSignals({
    logger,
    deadlineMs: stopDeadlineMs,
    stop: async () => projector?.stop(),
  });
  const changelogReader = createKafkaTopicReader({
    connection: kafka,
    logger: logger.child({ client: 'kafka' }),
  });

  let partitions = 0;
  let isReady = false;
  let encoders: Encoders | null = null;
  const checks = [
    {
      title: 'Kafka with its topics',
      run: async () => {
        ({ partitions } = await eventLog.checkTopics());
      },
    },
    {
      title: 'the schema registry with our schemas',
      run: async () => {
        encoders = await createEncoders(registry, kafka.topicPrefix);
      },
    },
    {
      title: 'Redis',
      run: async () => {
        ({ ready: isReady } = await store.prepare({ partitions }));
        const policy = await store.evictionPolicy();
        if (policy !== 'noeviction') {
          logger.warn(
            { maxmemoryPolicy: policy },
            'Redis may forget locks when its memory is full: set maxmemory-policy to noeviction',
          );
        }
      },
    },
    {
      title: 'the projection, which is restored from the changelog',
      run: async () => {
        if (isReady) return;
        const decoder = createDecoder<OfferStateChange>(registry, { offerState: (change) => change });
        const { now } = clock;
        await restoreProjection({ reader: changelogReader, store, decoder, logger, now, signal: stopping });
      },
    },
  ];
  let waitingFor: string | null = 'the boot checks';
  const http = Fastify({ logger: false });
  http.register(
    healthRoutes({
      live: () => projector?.live() ?? { healthy: true, detail: `waiting for ${waitingFor}` },
      ready: () => projector?.ready() ?? { healthy: false, detail: `waiting for ${waitingFor}` },
      metrics: () => projector?.metrics.registry ?? null,
    }),
  );

  try {
    const address = await http.listen({ host: values.OFFERLOCK_HTTP_HOST, port: values.OFFERLOCK_HTTP_PORT });
    logger.info({ address }, 'serving /livez, /readyz and /metrics');
    const onWaiting = (title: string | null) => {
      waitingFor = title;
    };
    const options = { logger, signal: stopping, retryDelayMs: bootRetryDelayMs, onWaiting };
    if ((await passBootChecks(checks, options)) && encoders !== null) {
      projector = createProjector({
        eventLog,
        store,
        decoder: createRecordDecoder(registry),
        encoders,
        foldOptions,
        eventsTopic: topicName('events', kafka.topicPrefix),
        stallTimeoutMs: values.OFFERLOCK_STALL_TIMEOUT_MS,
        now: clock.now,
        logger,
      });
      const { partitions: owned } = projector;
      void noteFreshness({ eventLog, store, partitions: owned, clock, logger }, stopping);
      logger.info({ groupId: values.OFFERLOCK_GROUP_ID, partitions }, 'joining the group');
      await projector.run();
    }
    logger.info('stopped');
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, 'cannot go on');
    return 1;
  } finally {
    await Promise.allSettled([http.close(), eventLog.close(), changelogReader.close(), store.close()]);
  }
}

runMain({ usage, run: main });
