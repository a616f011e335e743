import type { EventSink } from '@offerlock/event-log';
import type { Encoders } from '@offerlock/schemas';
import { closeHttp, createHttpApp, unavailable, type Access, type GuardOptions } from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { appendQueueDefaults } from './append-queue.ts';
import { createCollectorMetrics } from './collector-metrics.ts';
import { eventRoutes } from './event-routes.ts';
import type { EventTimes } from './event-times.ts';

export interface CollectorParts {
  readonly logger: Logger;
  readonly guard: GuardOptions;
  readonly access: Access;
  readonly sink: EventSink;
  /** null until the schemas are known. */
  readonly encoders: () => Encoders | null;
  /** What it waits for before it takes events; null when it takes them. */
  readonly waitingFor: () => string | null;
  readonly times: EventTimes;
  readonly waitingEventsMax: number;
  /** ms since 1970. */
  readonly now: () => number;
  readonly newEventId: () => string;
}

export interface Collector {
  readonly http: FastifyInstance;
  /** Answers what was asked, and cuts off who does not take the answer. May be repeated. */
  stop(): Promise<void>;
}

/** A client that has not sent its request by then, or takes no answer, is cut off. */
const requestsEndMs = 4_000;

/** Takes events over HTTP and puts them into the log. Not listening yet. */
export async function createCollector(parts: CollectorParts): Promise<Collector> {
  const metrics = createCollectorMetrics();
  const waiting = (): string => `waiting for ${parts.waitingFor() ?? 'nothing'}`;
  const http = await createHttpApp({
    title: 'Offerlock collector',
    description: 'Takes reports of what became of chat invitations.',
    logger: parts.logger,
    guard: parts.guard,
    access: parts.access,
    health: {
      live: () => ({ healthy: true, detail: 'it answers' }),
      // A log that is down does not make it unready: nothing would try again and find that it is up.
      ready: () =>
        parts.waitingFor() === null
          ? { healthy: true, detail: 'it takes events' }
          : { healthy: false, detail: waiting() },
      metrics: () => metrics.registry,
    },
    routes: eventRoutes({
      sink: parts.sink,
      encoder: {
        encode(event) {
          const encoders = parts.encoders();
          if (encoders === null || parts.waitingFor() !== null) throw unavailable(waiting());
          return encoders.event.encode(event);
        },
      },
      now: parts.now,
      newEventId: parts.newEventId,
      reservedTenants: [],
      times: parts.times,
      queue: { ...appendQueueDefaults, recordsMax: parts.waitingEventsMax },
      metrics,
    }),
  });

  let stopping: Promise<void> | null = null;
  return { http, stop: () => (stopping ??= closeHttp(http, requestsEndMs)) };
}
