#!/usr/bin/env node
import { randomInt, randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { foldOptionsOf } from '@offerlock/config';
import {
  openDataDirectory,
  requireFinishedImport,
  type DataDirectory,
  type DataDirectoryOptions,
} from '@offerlock/data-directory';
import {
  committedOffsets,
  createEmbeddedDocuments,
  createEmbeddedEventLog,
  createEmbeddedEventSink,
  createEmbeddedTopicFollower,
  partitionOfKey,
} from '@offerlock/event-log/embedded';
import { OfferlockError } from '@offerlock/lifecycle';
import {
  createEmbeddedAgentBoard,
  createEmbeddedOfferDesk,
  createEmbeddedProgressReader,
  createEmbeddedProjection,
} from '@offerlock/projection/embedded';
import {
  createDecoder,
  createEncoders,
  createRecordDecoder,
  registerSchemas,
  topicNames,
  type ActionMaps,
  type OfferStateChange,
  type WebActionMetric,
} from '@offerlock/schemas';
import { createEmbeddedRegistry } from '@offerlock/schemas/embedded';
import { accessOf, CannotListen } from '@offerlock/server';
import type { Logger } from 'pino';
import { parseCommandLine } from './command-line.ts';
import type { StandaloneValues } from './config.ts';
import { createCommitCounter } from './counters/commit-counter.ts';
import { createCounters } from './counters/counters.ts';
import { createRateMeter } from './counters/rate-meter.ts';
import { holdsOnlyDemo } from './demo/demo-default.ts';
import { pageRoutes } from './http/page-files.ts';
import { pageFiles } from './http/page-folders.ts';
import { createLog } from './log.ts';
import type { Clock } from './ports.ts';
import { serve } from './serve.ts';
import { createStandalone } from './standalone.ts';

const clock: Clock = {
  now: Date.now,
  // Rejects only because of the signal, which ends the sleep as promised.
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

async function main(values: StandaloneValues): Promise<number> {
  const foldOptions = foldOptionsOf(values);
  const log = createLog(values, process.stdout);
  const { logger } = log;
  const access = await accessOf(values, logger);
  const directory = await openDirectory(values, logger);
  try {
    requireFinishedImport(directory);
    const { partitions } = directory;
    const registry = createEmbeddedRegistry(directory);
    await registerSchemas(registry, '');
    const encoders = await createEncoders(registry, '');

    const counters = createCounters({ table: directory.table('counters'), now: clock.now });
    const rate = createRateMeter(clock.now);
    const commitCounter = createCommitCounter(counters, rate);
    const projection = createEmbeddedProjection({
      changelog: directory.compactedTopic(topicNames.offerStates),
      decoder: createDecoder<OfferStateChange>(registry, { offerState: (change) => change }),
      partitions,
      ttlMs: values.OFFERLOCK_OFFER_TTL_MS,
    });
    const eventLog = createEmbeddedEventLog(directory, {
      batchRecordsMax: values.OFFERLOCK_BATCH_RECORDS_MAX,
      alongside: commitCounter.committing,
    });
    const logView = {
      partitions,
      events: directory.topic(topicNames.events),
      deadLetters: directory.topic(topicNames.deadLetters),
    };
    const offsets = committedOffsets(directory);
    const host = values.OFFERLOCK_HTTP_HOST;
    const standalone = await createStandalone({
      clock,
      logger,
      directory: {
        path: directory.path,
        createdAtMs: directory.createdAtMs,
        bytes: () => bytesIn(directory.path),
      },
      log: logView,
      eventLog,
      sink: createEmbeddedEventSink(directory),
      store: projection.store(),
      customers: projection,
      decoder: createRecordDecoder(registry),
      encoders,
      foldOptions,
      counters,
      rate,
      commitCounter,
      demo: {
        eventsPerSecond: values.OFFERLOCK_DEMO_EVENTS_PER_SECOND,
        nextSeed: () => randomInt(2 ** 32),
      },
      decisions: {
        desk: createEmbeddedOfferDesk({ directory, projection }),
        progressReader: createEmbeddedProgressReader({
          partitions,
          endOffset: (partition) => logView.events.bounds(partition).endOffset,
          committedOffset: (partition) =>
            offsets.get(partition)?.offset ?? logView.events.bounds(partition).startOffset,
        }),
        board: createEmbeddedAgentBoard({ directory }),
        follower: createEmbeddedTopicFollower(directory),
        documents: createEmbeddedDocuments(directory),
        blockedOffers: createEmbeddedEventSink(directory, { topic: 'blockedOffers' }),
        mapsDecoder: createDecoder<ActionMaps>(registry, { actionMaps: (maps) => maps }),
        metricsDecoder: createDecoder<WebActionMetric>(registry, { metric: (metric) => metric }),
        policy: {
          leaseMs: values.OFFERLOCK_LEASE_MS,
          projectionLagMaxMs: values.OFFERLOCK_PROJECTION_LAG_MAX_MS,
          deadlineMs: values.OFFERLOCK_DECISION_DEADLINE_MS,
        },
        sessionIdleMs: values.OFFERLOCK_SESSION_IDLE_MS,
        pacingWindowMs: values.OFFERLOCK_PACING_WINDOW_MS,
        partitionOf: (customer, count) => partitionOfKey(Buffer.from(customer), count),
      },
      newId: randomUUID,
      guard: { host, allowedHosts: values.OFFERLOCK_HTTP_ALLOWED_HOSTS ?? [] },
      access,
      page: pageRoutes(pageFiles),
    });
    const demo = values.OFFERLOCK_DEMO;
    const startDemo =
      demo === 'auto' ? holdsOnlyDemo({ counters, log: logView, customers: projection }) : demo === 'on';
    return await serve(standalone, {
      host,
      port: values.OFFERLOCK_HTTP_PORT,
      startDemo,
      log,
      directory: directory.path,
      offers: projection.offerCount,
    });
  } finally {
    access.keyring?.close();
    await directory.close();
  }
}

const partitionsOfNew = 4;

/** An existing directory keeps its number of partitions, unless somebody asks for another one: that is an error. */
async function openDirectory(values: StandaloneValues, logger: Logger): Promise<DataDirectory> {
  const retained = {
    retentionMs: values.OFFERLOCK_RETENTION_MS,
    retentionBytes: values.OFFERLOCK_RETENTION_BYTES,
  };
  const { events, metrics, deadLetters, timers, blockedOffers, offerStates, actionMaps } = topicNames;
  const options: DataDirectoryOptions = {
    label: 'npm start',
    topics: Object.fromEntries(
      [events, metrics, deadLetters, timers, blockedOffers].map((name) => [name, retained]),
    ),
    compactedTopics: { [offerStates]: { keyTtlMs: values.OFFERLOCK_OFFER_TTL_MS }, [actionMaps]: {} },
    onMaintenanceError: (error) => logger.warn({ err: error }, 'old data could not be cleared away'),
  };
  const path = values.OFFERLOCK_DATA_DIR;
  const wanted = values.OFFERLOCK_PARTITIONS;
  try {
    return await openDataDirectory(path, { ...options, partitions: wanted ?? partitionsOfNew });
  } catch (error) {
    const { code, details } = error as Partial<OfferlockError>;
    if (wanted !== undefined || code !== 'PARTITION_COUNT_CHANGED') throw error;
    return await openDataDirectory(path, { ...options, partitions: details?.['partitions'] as number });
  }
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(folder, entry.name)).size;
  }
  return bytes;
}

function failed(error: unknown): 1 | 2 {
  const expected = error instanceof OfferlockError || error instanceof CannotListen;
  const told =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${told}\n`);
  return error instanceof OfferlockError && error.code === 'CONFIG_INVALID' ? 2 : 1;
}

// Nobody reads what is printed any more, for example `| head`: the process goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const commandLine = parseCommandLine(process.argv.slice(2), process.env);
if ('values' in commandLine) {
  process.exit(await main(commandLine.values).catch(failed));
} else {
  const { exitCode, output } = commandLine;
  (exitCode === 0 ? process.stdout : process.stderr).write(output);
  process.exitCode = exitCode;
}
