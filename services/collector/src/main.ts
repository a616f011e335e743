#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import {
  describeVariables,
  kafkaConnectionOf,
  parseVariables,
  registryConnectionOf,
} from '@offerlock/config';
import { createKafkaEventLog, createKafkaEventSink } from '@offerlock/event-log/kafka';
import { createEncoders, type Encoders } from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import { accessOf, listen, passBootChecks, runMain, stopOnSignals } from '@offerlock/server';
import { pino } from 'pino';
import { createCollector } from './collector.ts';
import { collectorVariables } from './config.ts';

const usage = `offerlock-collector: takes events over HTTP and puts them into Kafka.

Usage: node services/collector/dist/main.js [--help]

It takes no arguments; everything is set by environment variables:

${describeVariables(collectorVariables)}

Ends on SIGTERM or SIGINT within 10 s, on a second one at once; what was acknowledged is in Kafka.
Exit codes: 0 stopped, 1 failed, 2 configuration not valid.
`;

const stopDeadlineMs = 10_000;
const bootRetryDelayMs = 1_000;

async function main(): Promise<number> {
  const values = parseVariables(collectorVariables, process.env);
  const connection = kafkaConnectionOf(values);
  const registry = createConfluentRegistry(registryConnectionOf(values));
  const logger = pino({
    level: values.OFFERLOCK_LOG_LEVEL,
    base: { service: 'collector', pid: process.pid },
  });
  const access = await accessOf(values, logger);
  const clientId = `offerlock-collector-${hostname()}-${process.pid}`;
  const client = { connection, clientId, logger: logger.child({ client: 'kafka' }) };
  const sink = createKafkaEventSink(client);

  let encoders: Encoders | null = null;
  let waitingFor: string | null = 'the boot checks';
  const collector = await createCollector({
    logger,
    guard: {
      host: values.OFFERLOCK_HTTP_HOST,
      allowedHosts: values.OFFERLOCK_HTTP_ALLOWED_HOSTS ?? [],
    },
    access,
    sink,
    encoders: () => encoders,
    waitingFor: () => waitingFor,
    times: {
      ageMaxMs: values.OFFERLOCK_EVENT_AGE_MAX_MS,
      aheadMaxMs: values.OFFERLOCK_EVENT_AHEAD_MAX_MS,
    },
    waitingEventsMax: values.OFFERLOCK_WAITING_EVENTS_MAX,
    now: Date.now,
    newEventId: randomUUID,
  });
  const checks = [
    {
      title: 'Kafka with its topics',
      run: async () => {
        const eventLog = createKafkaEventLog({ ...client, groupId: clientId });
        try {
          await eventLog.checkTopics();
        } finally {
          await eventLog.close();
        }
      },
    },
    {
      title: 'the schema registry with our schemas',
      run: async () => {
        encoders = await createEncoders(registry, connection.topicPrefix);
      },
    },
  ];

  const signal = stopOnSignals({
    logger,
    deadlineMs: stopDeadlineMs,
    stop: () => collector.stop(),
  });
  try {
    const address = await listen(collector.http, values.OFFERLOCK_HTTP_HOST, values.OFFERLOCK_HTTP_PORT);
    logger.info({ address }, 'serving');
    const onWaiting = (title: string | null): void => {
      waitingFor = title;
    };
    if (await passBootChecks(checks, { logger, signal, retryDelayMs: bootRetryDelayMs, onWaiting })) {
      logger.info('taking events');
    }
    if (!signal.aborted) await once(signal, 'abort');
    await collector.stop();
    logger.info('stopped');
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, 'cannot go on');
    return 1;
  } finally {
    access.keyring?.close();
    await Promise.allSettled([collector.stop(), sink.close()]);
  }
}

runMain({ usage, run: main });
