import type { EventLog } from '@offerlock/event-log';
import {
  createHandClock,
  createMemoryLog,
  type HandClock,
  type MemoryLog,
} from '@offerlock/event-log/memory';
import { partitionOfKey } from '@offerlock/event-log/embedded';
import { day, foldDefaults } from '@offerlock/lifecycle/testing';
import { createEmbeddedProgressReader } from '@offerlock/projection/embedded';
import { createMemoryProjection, type MemoryProjection } from '@offerlock/projection/memory';
import {
  createDecoder,
  createEncoders,
  createRecordDecoder,
  registerSchemas,
  type ActionMaps,
  type Encoders,
  type WebActionMetric,
} from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { pino } from 'pino';
import { createCommitCounter, type CommitCounter } from './counters/commit-counter.ts';
import { createCounters, type CounterTransaction } from './counters/counters.ts';
import { createRateMeter } from './counters/rate-meter.ts';
import { createTestTable } from './counters/test-table.ts';
import { openAccess } from '@offerlock/server';
import { clientOf } from '@offerlock/server/testing';
import type { Overview } from './page-api.ts';
import type { TopicView } from './ports.ts';
import { createStandalone, type Standalone, type StandaloneParts } from './standalone.ts';

export interface TestStandalone {
  readonly standalone: Standalone;
  readonly request: Awaited<ReturnType<typeof clientOf>>;
  readonly clock: HandClock;
  readonly log: MemoryLog;
  readonly projection: MemoryProjection;
  readonly encoders: Encoders;
  /** Resolves once everything in the log is processed. */
  caughtUp(): Promise<void>;
  overview(): Promise<Overview>;
}

const partitions = 2;
const running = new Set<Standalone>();

/** The whole process over memory adapters, with a clock that is moved by hand. */
export async function createTestStandalone(
  overrides: Partial<StandaloneParts> = {},
): Promise<TestStandalone> {
  const clock = createHandClock(day + 60_000);
  const log = createMemoryLog({ partitions, scheduler: clock });
  const projection = createMemoryProjection({ clock });
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  const { table, transaction } = createTestTable();
  const now = (): number => clock.now();
  const counters = createCounters({ table, now });
  const rate = createRateMeter(now);
  const commitCounter = createCommitCounter(counters, rate);
  let ids = 0;
  const standalone = await createStandalone({
    clock,
    logger: pino({ level: 'silent' }),
    directory: { path: '/data', createdAtMs: clock.now(), bytes: () => 4_096 },
    log: { partitions, events: viewOf(log, 'events'), deadLetters: viewOf(log, 'deadLetters') },
    eventLog: counting(log.eventLog(), commitCounter, transaction),
    sink: log.sink(),
    store: projection.store(),
    customers: indexOf(projection),
    decoder: createRecordDecoder(registry),
    encoders,
    foldOptions: foldDefaults,
    counters,
    rate,
    commitCounter,
    demo: { eventsPerSecond: 5, nextSeed: () => 1 },
    decisions: {
      desk: projection.desk(),
      progressReader: createEmbeddedProgressReader({
        partitions,
        endOffset: (partition) => log.endOffset('events', partition),
        committedOffset: (partition) => log.committed(partition)?.offset ?? 0n,
        now,
      }),
      board: projection.agentBoard(),
      follower: log.follower(),
      documents: log.documents(),
      blockedOffers: log.sink({ topic: 'blockedOffers' }),
      mapsDecoder: createDecoder<ActionMaps>(registry, { actionMaps: (maps) => maps }),
      metricsDecoder: createDecoder<WebActionMetric>(registry, { metric: (metric) => metric }),
      policy: { leaseMs: 30_000, projectionLagMaxMs: 30_000, deadlineMs: 1_000 },
      partitionOf: (customer, count) => partitionOfKey(Buffer.from(customer), count),
    },
    newId: () => `id-${(ids += 1)}`,
    guard: { host: '127.0.0.1', allowedHosts: [] },
    access: openAccess,
    page: async (http) => {
      http.get('/', { schema: { hide: true } }, (_request, reply) =>
        reply.type('text/html').send('<p>the page</p>'),
      );
    },
    ...overrides,
  });
  running.add(standalone);
  void standalone.run();

  const request = await clientOf(standalone.http);
  const overview = async (): Promise<Overview> => (await request('/v1/overview')).json() as Overview;
  return {
    standalone,
    request,
    clock,
    log,
    projection,
    encoders,
    overview,
    async caughtUp() {
      for (;;) {
        const { partitions: all } = await overview();
        if (all.every(({ end, committed }) => end === committed)) return;
      }
    },
  };
}

/** Stops whatever a test has started. */
export async function stopAll(): Promise<void> {
  for (const standalone of running) await standalone.stop();
  running.clear();
}

/** A memory log knows no transactions of others: what its commits carry is counted right after them. */
function counting(eventLog: EventLog, counter: CommitCounter, transaction: CounterTransaction): EventLog {
  return {
    ...eventLog,
    consume: (handler, observer) =>
      eventLog.consume(handler, {
        ...observer,
        committed: (event) => {
          counter.committing(transaction, event);
          observer.committed(event);
        },
      }),
  };
}

function viewOf(log: MemoryLog, topic: 'events' | 'deadLetters'): TopicView {
  return {
    bounds: (partition) => ({ startOffset: 0n, endOffset: log.endOffset(topic, partition) }),
    latest: (partition, count) => log.records(topic, partition).slice(-count),
  };
}

function indexOf(projection: MemoryProjection): StandaloneParts['customers'] {
  return {
    customersStartingWith: (tenantId, prefix, limit) => {
      const customers = new Set(projection.entries().map(({ key }) => key.customer));
      return [...customers]
        .filter((customer) => customer.startsWith(`${tenantId}/${prefix}`))
        .map((customer) => customer.slice(tenantId.length + 1))
        .slice(0, limit);
    },
    hasTenantsBeside: (tenantId) =>
      projection.entries().some(({ key }) => !key.customer.startsWith(`${tenantId}/`)),
    get offerCount() {
      return projection.entries().length;
    },
  };
}
