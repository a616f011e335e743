import type { EventSink } from '@offerlock/event-log';
import { OfferlockError, type Lifecycles } from '@offerlock/lifecycle';
import type { AgentBoard, OfferDesk, ProgressReader } from '@offerlock/projection';
import type { Encoders } from '@offerlock/schemas';
import type { Health } from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createDecide, type Decide, type DecidePolicy } from './decisions/decide.ts';
import { createExplain, type Explain } from './decisions/explain.ts';
import { decisionRoutes } from './http/decision-routes.ts';
import type { ChatWindow, Clock, Ids, RulesBook } from './ports.ts';
import { createPublisher } from './publisher.ts';
import { createSurroundings } from './surroundings.ts';
import { createTriggerMetrics, type TriggerMetrics } from './trigger-metrics.ts';

export interface TriggerParts {
  readonly desk: OfferDesk;
  readonly progressReader: ProgressReader;
  readonly board: AgentBoard;
  /** Followed by the caller. */
  readonly book: RulesBook;
  /** Followed by the caller. */
  readonly chats: ChatWindow;
  readonly events: EventSink;
  readonly blockedOffers: EventSink;
  readonly encoders: Pick<Encoders, 'event' | 'blockedOffer'>;
  /** With the re-offer scopes of the projector; with others, what is promised here would be refused there. */
  readonly lifecycles: Lifecycles;
  /** Of a key `tenantId/customerId` among so many partitions of the events topic. */
  readonly partitionOf: (customer: string, partitions: number) => number;
  readonly policy: DecidePolicy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** ms, of any beginning, for durations. */
  readonly ticks?: () => number;
}

/** Answers which offer may be shown now, and why not the others. */
export interface Trigger {
  readonly decide: Decide;
  readonly explain: Explain;
  /** The routes of decisions, customers and agents; behind `authenticate` of the server. */
  readonly routes: (http: FastifyInstance) => Promise<void>;
  readonly metrics: TriggerMetrics;
  /** Keeps up with the projection and the agents until `stop`. Until it has begun, nothing is offered. */
  run(): Promise<void>;
  /** Whether it can decide: the action maps are read, and the projection is up to date. */
  ready(): Health;
  /** Sends what is still to be published, for so long at most. May be repeated. */
  stop(deadlineMs: number): Promise<void>;
}

export function createTrigger(parts: TriggerParts): Trigger {
  const { desk, progressReader, board, book, chats, partitionOf, policy, clock, logger, lifecycles } = parts;
  const surroundings = createSurroundings({
    progressReader,
    agentBoard: board,
    chats,
    partitionOf,
    clock,
    logger,
    projectionLagMaxMs: policy.projectionLagMaxMs,
  });
  const publisher = createPublisher(parts);
  const metrics = createTriggerMetrics({ lagMs: surroundings.lagMs, outboxes: publisher.counts });
  const decide = createDecide({
    ...parts,
    surroundings,
    output: publisher,
    observe: (event) => {
      metrics.decided(event);
      if (event.error !== null) logFailure(logger, event.error);
    },
  });
  const explain = createExplain({ ...parts, surroundings });

  return {
    decide,
    explain,
    routes: decisionRoutes({ decide, explain, desk, board, lifecycles, now: () => clock.now() }),
    metrics,
    run: () => surroundings.run(),
    ready() {
      const all = [book.health(), chats.health(), surroundings.health()];
      const broken = all.filter(({ healthy }) => !healthy);
      return {
        healthy: broken.length === 0,
        detail: (broken.length === 0 ? all : broken).map(({ detail }) => detail).join('; '),
      };
    },
    async stop(deadlineMs) {
      surroundings.stop();
      await publisher.stop(deadlineMs);
    },
  };
}

/** While Redis is away there are thousands of them a second, and metrics and health tell it. */
function logFailure(logger: Logger, error: unknown): void {
  const expected = error instanceof OfferlockError && error.handling === 'retry';
  logger[expected ? 'debug' : 'error']({ err: error }, 'a decision failed');
}
