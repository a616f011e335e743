#!/usr/bin/env node
import { setTimeout } from 'node:timers/promises';
import {
  kafkaConnectionOf,
  kafkaVariables,
  parseVariables,
  redisConnectionOf,
  redisVariables,
  registryConnectionOf,
  registryVariables,
} from '@offerlock/config';
import { applyTopics, createKafkaEventSink, createKafkaTopicReader } from '@offerlock/event-log/kafka';
import { createRedisProjectionReader } from '@offerlock/projection/redis';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import type { Clock, Systems } from './ports.ts';
import { runOperator } from './run-operator.ts';
import { createTerminal } from './terminal.ts';

const clientId = 'offerlock-operator';

// Each command reads the variables of the systems it needs, so that a mistake in others does not stop it.
const kafka = () => kafkaConnectionOf(parseVariables(kafkaVariables, process.env));
const registry = () => registryConnectionOf(parseVariables(registryVariables, process.env));
const redis = () => redisConnectionOf(parseVariables(redisVariables, process.env));

const systems: Systems = {
  applyTopics: (definitions, { dryRun }) =>
    applyTopics({ connection: kafka(), clientId, definitions, dryRun }),
  topicPrefix: () => kafka().topicPrefix,
  openRegistry: () => createConfluentRegistry(registry()),
  openSink: () => createKafkaEventSink({ connection: kafka(), clientId }),
  openTopicReader: () => createKafkaTopicReader({ connection: kafka(), clientId }),
  openProjectionReader: () => createRedisProjectionReader(redis()),
};

const clock: Clock = {
  now: Date.now,
  sleep: async (ms, stop) => {
    // Rejects only because of the signal, which ends the sleep as promised.
    await setTimeout(ms, undefined, { signal: stop }).catch(() => {});
  },
};

/** Aborted by the first Ctrl-C; the second ends the process. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

// `offerlock report | head` ends when head has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr }, clock);
process.exitCode = await runOperator(process.argv.slice(2), { systems, terminal, clock, stopSignal });
