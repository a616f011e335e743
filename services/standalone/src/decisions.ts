import type { Documents, EventSink, TopicFollower } from '@offerlock/event-log';
import type { Lifecycles } from '@offerlock/lifecycle';
import type { AgentBoard, OfferDesk, ProgressReader } from '@offerlock/projection';
import type { ActionMaps, Decoder, Encoders, UnreadableValue, WebActionMetric } from '@offerlock/schemas';
import {
  actionMapRoutes,
  changeActionMaps,
  createChatWindow,
  createRulesBook,
  createTrigger,
  type DecidePolicy,
  type Trigger,
} from '@offerlock/trigger';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { demoTenant } from './demo/demo-traffic.ts';
import { readSampleMaps } from './demo/sample-maps.ts';
import type { Clock } from './ports.ts';

export interface DecisionParts {
  readonly desk: OfferDesk;
  readonly progressReader: ProgressReader;
  readonly board: AgentBoard;
  readonly follower: TopicFollower;
  readonly documents: Documents;
  readonly events: EventSink;
  readonly blockedOffers: EventSink;
  readonly encoders: Encoders;
  readonly mapsDecoder: Decoder<ActionMaps | UnreadableValue>;
  readonly metricsDecoder: Decoder<WebActionMetric | UnreadableValue>;
  readonly policy: DecidePolicy;
  /** A visit is over after so long without activity, ms. Default 30 minutes. */
  readonly sessionIdleMs?: number;
  /** How far back chats count for the service level, ms. Default 15 minutes. */
  readonly pacingWindowMs?: number;
  /** Of a key `tenantId/customerId` among so many partitions. */
  readonly partitionOf: (customer: string, partitions: number) => number;
  readonly newId: () => string;
}

/** The trigger in this process: action maps, and decisions on them. */
export interface Decisions extends Pick<Trigger, 'ready' | 'metrics'> {
  readonly routes: (http: FastifyInstance) => Promise<void>;
  /** Gives the demo tenant action maps, if none were ever published for it. Error: `LOG_UNAVAILABLE`. */
  publishSampleMaps(): Promise<void>;
  /** Follows what decisions build on, until `stop`. Rejects when it cannot go on. */
  run(): Promise<void>;
  /** Publishes what decisions have made known. May be repeated. */
  stop(): Promise<void>;
}

const publishDeadlineMs = 2_000;

export function createDecisions(
  parts: DecisionParts & { readonly clock: Clock; readonly logger: Logger; readonly lifecycles: Lifecycles },
): Decisions {
  const { follower, documents, encoders, mapsDecoder, clock, logger, lifecycles, newId } = parts;
  const { sessionIdleMs, pacingWindowMs: windowMs } = parts;
  const rules = { lifecycles, ...(sessionIdleMs === undefined ? {} : { sessionIdleMs }) };
  const book = createRulesBook({ follower, decoder: mapsDecoder, rules, logger });
  const chats = createChatWindow({
    follower,
    decoder: parts.metricsDecoder,
    publishedBy: (tenantId) => book.publishedBy(tenantId),
    now: () => clock.now(),
    ...(windowMs === undefined ? {} : { windowMs }),
  });
  const trigger = createTrigger({
    ...parts,
    book,
    chats,
    ids: { newActionId: newId, newEventId: newId },
  });
  const change = { documents, decoder: mapsDecoder, encoder: encoders.actionMaps, now: () => clock.now() };

  return {
    ready: () => trigger.ready(),
    metrics: trigger.metrics,
    routes: async (http) => {
      await http.register(trigger.routes);
      await http.register(actionMapRoutes({ ...change, book }));
    },
    async publishSampleMaps() {
      const changed = await changeActionMaps(change, {
        tenantId: demoTenant,
        file: readSampleMaps(),
        changedBy: 'npm start',
        expectedRevision: 0,
        dryRun: false,
      });
      if (changed.outcome === 'applied') logger.info('the demo tenant has got action maps');
    },
    run: async () => {
      await Promise.all([book.run(), chats.run(), trigger.run()]);
    },
    async stop() {
      await trigger.stop(publishDeadlineMs);
      await follower.close();
    },
  };
}
