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
import { openDataDirectory, type DataDirectoryOptions } from '@offerlock/data-directory';
import { committedOffsets, partitionOfKey } from '@offerlock/event-log/embedded';
import {
  applyTopics,
  createKafkaEventSink,
  createKafkaLogTransfer,
  createKafkaTopicReader,
} from '@offerlock/event-log/kafka';
import { createRedisProjectionReader, createRedisProjectionStore } from '@offerlock/projection/redis';
import { topicNames } from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import { createEmbeddedRegistry } from '@offerlock/schemas/embedded';
import type { Clock, OpenDirectory, Systems } from './ports.ts';
import { runOperator } from './run-operator.ts';
import { createServiceClient } from './service/service-client.ts';
import { serviceVariables } from './service/variables.ts';
import { createTerminal } from './terminal.ts';
import { dataDirectoryVariables, expiryVariables, projectorVariables } from './transfer/variables.ts';

const clientId = 'offerlock-operator';

// Each command reads the variables of the systems it needs, so that a mistake in others does not stop it.
const kafka = () => kafkaConnectionOf(parseVariables(kafkaVariables, process.env));
const registry = () => registryConnectionOf(parseVariables(registryVariables, process.env));
const redis = () => redisConnectionOf(parseVariables(redisVariables, process.env));
const groupId = () => parseVariables(projectorVariables, process.env).OFFERLOCK_GROUP_ID;
const ttlMs = () => parseVariables(expiryVariables, process.env).OFFERLOCK_OFFER_TTL_MS;

/** Without retention: a command that moves records must not delete any meanwhile. */
const { offerStates: changelog, actionMaps, ...plainTopics } = topicNames;
const directoryOptions: DataDirectoryOptions = {
  label: 'offerlock',
  topics: Object.fromEntries(Object.values(plainTopics).map((name) => [name, {}])),
  compactedTopics: { [changelog]: {}, [actionMaps]: {} },
};

async function openEmbedded(path: string, options: Partial<DataDirectoryOptions>): Promise<OpenDirectory> {
  const directory = await openDataDirectory(path, { ...directoryOptions, ...options });
  const offsets = committedOffsets(directory);
  return {
    directory,
    registry: createEmbeddedRegistry(directory),
    topic: (topic) => directory.topic(topicNames[topic]),
    states: directory.compactedTopic(changelog),
    partitionOf: (key) => partitionOfKey(key, directory.partitions),
    committed: (partition) => offsets.get(partition),
    setCommitted: offsets.put,
    close: directory.close,
  };
}

const systems: Systems = {
  applyTopics: (definitions, { dryRun }) =>
    applyTopics({ connection: kafka(), clientId, definitions, dryRun }),
  topicPrefix: () => kafka().topicPrefix,
  openRegistry: () => createConfluentRegistry(registry()),
  openSink: () => createKafkaEventSink({ connection: kafka(), clientId }),
  openTopicReader: () => createKafkaTopicReader({ connection: kafka(), clientId }),
  openProjectionReader: () => createRedisProjectionReader(redis()),
  openProjectionStore: () => createRedisProjectionStore(redis(), { ttlMs: ttlMs() }),
  openLogTransfer: () => createKafkaLogTransfer({ connection: kafka(), clientId, groupId: groupId() }),
  openService: (url) => {
    const environment = url === undefined ? process.env : { ...process.env, OFFERLOCK_URL: url };
    const values = parseVariables(serviceVariables, environment);
    return createServiceClient({ url: values.OFFERLOCK_URL, key: values.OFFERLOCK_KEY ?? null });
  },
  groupId,
  dataDir: () => parseVariables(dataDirectoryVariables, process.env).OFFERLOCK_DATA_DIR,
  openDirectory: (path) => openEmbedded(path, { mustExist: true }),
  createDirectory: (path, { partitions }) => openEmbedded(path, { partitions }),
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
