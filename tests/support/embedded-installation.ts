import {
  openDataDirectory,
  type DataDirectory,
  type DataDirectoryOptions,
  type PlainTopicOptions,
} from '@offerlock/data-directory';
import type { ConsumptionObserver, EventSink, TopicReader } from '@offerlock/event-log';
import {
  createEmbeddedEventLog,
  createEmbeddedEventSink,
  createEmbeddedTopicReader,
} from '@offerlock/event-log/embedded';
import type { FoldOptions, WebActionEvent } from '@offerlock/lifecycle';
import { foldDefaults } from '@offerlock/lifecycle/testing';
import type { ProjectionReader } from '@offerlock/projection';
import { createEmbeddedProjection } from '@offerlock/projection/embedded';
import { createProjector, type Projector } from '@offerlock/projector';
import {
  createDecoder,
  createEncoders,
  createRecordDecoder,
  registerSchemas,
  topicNames,
  type Encoders,
  type OfferStateChange,
  type SchemaRegistry,
  type Topic,
} from '@offerlock/schemas';
import { createEmbeddedRegistry } from '@offerlock/schemas/embedded';
import { pino } from 'pino';
import { differences, foldedAccount, foundAccount, type Account } from './account.ts';

/** A data directory, opened in this process: nobody else may have it open. */
export interface EmbeddedInstallation {
  readonly directory: DataDirectory;
  readonly topicPrefix: '';
  readonly registry: SchemaRegistry;
  readonly encoders: Encoders;
  readonly sink: EventSink;
  readonly reader: TopicReader;
  readonly projection: ProjectionReader;
  /** Offers with a committed state. */
  offerCount(): number;
  publish(events: readonly WebActionEvent[]): Promise<void>;
  /** A projector on this directory, composed as the real process composes it; the caller runs and stops it. */
  createProjector(options?: {
    readonly batchRecordsMax?: number;
    readonly committed?: ConsumptionObserver['committed'];
  }): Projector;
  /** The fold's account, and what differs from it here. */
  compare(
    options?: FoldOptions,
  ): Promise<{ readonly truth: Account; readonly differences: readonly string[] }>;
  close(): Promise<void>;
}

export interface EmbeddedInstallationOptions {
  /** Needed where there is no data yet. */
  readonly partitions?: number;
  /** What goes of each topic; by default everything stays. */
  readonly retention?: Partial<Record<Topic, PlainTopicOptions>>;
  readonly limits?: Pick<
    DataDirectoryOptions,
    'chunkBytesMax' | 'tailBytesMax' | 'garbageRecordsMin' | 'maintenanceIntervalMs'
  >;
}

const ttlMs = 400 * 24 * 3_600_000;
const plainTopics = ['events', 'metrics', 'deadLetters', 'timers', 'blockedOffers'] as const;

export async function openEmbeddedInstallation(
  path: string,
  { partitions, retention = {}, limits = {} }: EmbeddedInstallationOptions = {},
): Promise<EmbeddedInstallation> {
  const directory = await openDataDirectory(path, {
    label: 'a test',
    ...(partitions === undefined ? {} : { partitions }),
    topics: Object.fromEntries(plainTopics.map((topic) => [topicNames[topic], retention[topic] ?? {}])),
    compactedTopics: { [topicNames.offerStates]: { keyTtlMs: ttlMs }, [topicNames.actionMaps]: {} },
    ...limits,
  });
  const registry = createEmbeddedRegistry(directory);
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  const sink = createEmbeddedEventSink(directory);
  const reader = createEmbeddedTopicReader(directory);
  const projection = createEmbeddedProjection({
    changelog: directory.compactedTopic(topicNames.offerStates),
    decoder: createDecoder<OfferStateChange>(registry, { offerState: (change) => change }),
    partitions: directory.partitions,
    ttlMs,
  });
  const projectionReader = projection.reader();

  return {
    directory,
    topicPrefix: '',
    registry,
    encoders,
    sink,
    reader,
    projection: projectionReader,
    offerCount: () => projection.offerCount,
    publish: (events) =>
      sink.append(
        events.map((event) => ({
          key: `${event.tenantId}/${event.customerId}`,
          value: encoders.event.encode(event),
        })),
      ),
    createProjector({ batchRecordsMax = 2_000, committed = () => undefined } = {}) {
      const eventLog = createEmbeddedEventLog(directory, { batchRecordsMax });
      return createProjector({
        eventLog: {
          ...eventLog,
          consume: (handler, observer) =>
            eventLog.consume(handler, {
              ...observer,
              committed(event) {
                observer.committed(event);
                committed(event);
              },
            }),
        },
        store: projection.store(),
        decoder: createRecordDecoder(registry),
        encoders,
        foldOptions: foldDefaults,
        eventsTopic: topicNames.events,
        stallTimeoutMs: 60_000,
        now: Date.now,
        logger: pino({ level: 'error' }),
      });
    },
    async compare(options) {
      const truth = await foldedAccount(reader, registry, options);
      const found = await foundAccount(reader, registry, projectionReader, truth.customers);
      const surplus = projection.offerCount - truth.states.length;
      return {
        truth,
        differences: [
          ...differences(truth, found),
          ...(surplus === 0 ? [] : [`the projection holds ${surplus} offers that no event is of`]),
        ],
      };
    },
    async close() {
      await sink.close();
      await directory.close();
    },
  };
}
