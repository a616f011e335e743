import type { EventLog, EventSink } from '@offerlock/event-log';
import type { FoldOptions } from '@offerlock/lifecycle';
import type { ProjectionStore } from '@offerlock/projection';
import { createProjector, type Projector } from '@offerlock/projector';
import { topicNames, type Encoders, type RecordDecoder } from '@offerlock/schemas';
import type { Access, GuardOptions, Health } from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { CommitCounter } from './counters/commit-counter.ts';
import type { Counters } from './counters/counters.ts';
import type { RateMeter } from './counters/rate-meter.ts';
import { createDecisions, type DecisionParts } from './decisions.ts';
import { createDemoTraffic, demoTenant, type DemoTraffic } from './demo/demo-traffic.ts';
import { readSampleMaps } from './demo/sample-maps.ts';
import { createApp, type AppParts } from './http/app.ts';
import type { Clock, CustomerIndex, DirectoryFacts, LogView } from './ports.ts';
import { createLiveStream } from './views/live-stream.ts';
import { createOverview } from './views/overview.ts';
import { createRecent } from './views/recent.ts';

export interface StandaloneParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: DirectoryFacts;
  readonly log: LogView;
  readonly eventLog: EventLog;
  readonly sink: EventSink;
  readonly store: ProjectionStore;
  readonly customers: CustomerIndex;
  readonly decoder: RecordDecoder;
  readonly encoders: Encoders;
  readonly foldOptions: FoldOptions;
  readonly counters: Counters;
  readonly rate: RateMeter;
  /** Its `committing` must be called by the event log. */
  readonly commitCounter: CommitCounter;
  readonly demo: { readonly eventsPerSecond: number; readonly nextSeed: () => number };
  readonly decisions: Omit<DecisionParts, 'events' | 'encoders' | 'newId'>;
  /** Of events and actions: a UUID. */
  readonly newId: () => string;
  readonly guard: GuardOptions;
  readonly access: Access;
  readonly page: AppParts['page'];
}

/** Collector, projector, trigger, demo traffic and page in one process. */
export interface Standalone {
  readonly http: FastifyInstance;
  readonly demo: DemoTraffic;
  /** Processes events until `stop`. Rejects when it cannot go on and the process should end. */
  run(): Promise<void>;
  /**
   * Answers what was asked, publishes what was decided, then stops demo traffic and projector. Nothing is left half
   * done. May be repeated.
   */
  stop(): Promise<void>;
}

/** Without a known cause, a projector that stands still for so long is broken. */
const stallTimeoutMs = 60_000;

/** A client that has not sent its request by then, or takes no answer, is cut off. */
const requestsEndMs = 4_000;

export async function createStandalone(parts: StandaloneParts): Promise<Standalone> {
  const { clock, logger, sink, encoders, decoder, counters, customers } = parts;
  const { lifecycles } = parts.foldOptions;
  const projector = createProjector({
    eventLog: parts.eventLog,
    logger,
    stallTimeoutMs,
    decoder,
    encoders,
    store: parts.store,
    foldOptions: parts.foldOptions,
    eventsTopic: topicNames.events,
    now: () => clock.now(),
    onProcessed: (batch) => parts.commitCounter.processed(batch),
  });
  const decisions = createDecisions({
    ...parts.decisions,
    clock,
    logger,
    lifecycles,
    encoders,
    events: sink,
    newId: parts.newId,
  });
  const demo = createDemoTraffic({
    ...parts.demo,
    sink,
    encoder: encoders.event,
    clock,
    logger,
    publishMaps: () => decisions.publishSampleMaps(),
  });
  const overview = createOverview({ ...parts, demo, projector });
  const recent = createRecent(parts.log, decoder);
  const stream = createLiveStream({ clock, overview, recent, logger });
  const metrics = together(projector.metrics.registry, decisions.metrics.registry);
  const http = await createApp({
    logger,
    guard: parts.guard,
    access: parts.access,
    page: parts.page,
    health: {
      live: () => projector.live(),
      ready: () => worst(projector.ready(), decisions.ready()),
      metrics: () => metrics,
    },
    events: {
      sink,
      encoder: encoders.event,
      now: () => clock.now(),
      newEventId: parts.newId,
      reservedTenants: [demoTenant],
    },
    decisions: decisions.routes,
    views: { overview, recent, stream, customers, counters, lifecycles, demo, sampleMaps: readSampleMaps() },
  });

  let stopping: Promise<void> | null = null;
  const cutOffLater = async (closed: AbortSignal): Promise<void> => {
    await clock.sleep(requestsEndMs, closed);
    if (!closed.aborted) http.server.closeAllConnections();
  };
  const closeHttp = async (): Promise<void> => {
    const closed = new AbortController();
    void cutOffLater(closed.signal);
    await http.close();
    closed.abort();
  };
  const stop = async (): Promise<void> => {
    await closeHttp();
    await demo.stop();
    await decisions.stop();
    await projector.stop();
  };
  return {
    http,
    demo,
    run: async () => {
      await Promise.all([projector.run(), decisions.run()]);
    },
    stop: () => (stopping ??= stop()),
  };
}

/** Both must be well. */
function worst(one: Health, other: Health): Health {
  const broken = [one, other].filter(({ healthy }) => !healthy);
  const told = broken.length === 0 ? [one, other] : broken;
  return { healthy: broken.length === 0, detail: told.map(({ detail }) => detail).join('; ') };
}

type Registry = Projector['metrics']['registry'];

/** One page for Prometheus: what both registries tell of the process is told once. */
function together(one: Registry, other: Registry): Registry {
  for (const metric of other.getMetricsAsArray()) {
    if (one.getSingleMetric(metric.name) === undefined) one.registerMetric(metric as never);
  }
  return one;
}
