import type { OfferRules, TargetLoad } from '@offerlock/lifecycle';
import type { AgentBoard, ProgressReader, ProjectionProgress } from '@offerlock/projection';
import type { Health } from '@offerlock/server';
import type { Logger } from 'pino';
import type { DecisionSurroundings } from './decisions/decide.ts';
import type { ChatWindow, Clock } from './ports.ts';

export interface SurroundingsParts {
  readonly progressReader: ProgressReader;
  readonly agentBoard: AgentBoard;
  readonly chats: ChatWindow;
  /** Of a key `tenantId/customerId` among so many partitions. */
  readonly partitionOf: (customer: string, partitions: number) => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly projectionLagMaxMs: number;
  /** ms between two looks. */
  readonly pollMs?: number;
}

/** What is looked at now and then, and not for every decision: how far the projection is, and what agents are there. */
export interface Surroundings extends DecisionSurroundings {
  /** Looks until `stop`. */
  run(): Promise<void>;
  stop(): void;
  /** Whether any partition of the projection is up to date; the detail tells how many. */
  health(): Health;
  /** How far the projection is behind in the partition that is furthest; null while nobody tells. ms. */
  lagMs(): number | null;
}

const pollMsDefault = 250;

export function createSurroundings(parts: SurroundingsParts): Surroundings {
  const { progressReader, agentBoard, chats, partitionOf, clock, logger } = parts;
  const stopped = new AbortController();
  let progress: ProjectionProgress = { partitions: null, foldedThroughMs: new Map() };
  let agents = new Map<string, { readonly agentsOnQueue: number; readonly until: number }>();
  let failing = false;

  const look = async (): Promise<void> => {
    try {
      progress = await progressReader.progress();
      const announced = await agentBoard.announcements();
      agents = new Map(
        announced.map(({ tenantId, actionTargetId, agentsOnQueue, until }) => [
          `${tenantId}/${actionTargetId}`,
          { agentsOnQueue, until },
        ]),
      );
      failing = false;
    } catch (error) {
      // The last seen values stay; they grow old, and then decisions are unavailable.
      if (!failing) logger.warn({ err: error }, 'the state of the projection cannot be read; trying on');
      failing = true;
    }
  };

  /** Of every partition that somebody tells of. */
  const lagsMs = (): readonly number[] =>
    [...progress.foldedThroughMs.values()].map((foldedThrough) => Math.max(0, clock.now() - foldedThrough));

  const agentsOnQueue = (tenantId: string, targetId: string): number | null => {
    const announced = agents.get(`${tenantId}/${targetId}`);
    return announced === undefined || announced.until <= clock.now() ? null : announced.agentsOnQueue;
  };

  return {
    async run() {
      while (!stopped.signal.aborted) {
        await look();
        await clock.sleep(parts.pollMs ?? pollMsDefault, stopped.signal);
      }
    },
    stop: () => stopped.abort(),
    lagMs() {
      const lags = lagsMs();
      return progress.partitions === null || lags.length < progress.partitions ? null : Math.max(...lags);
    },
    health() {
      const { partitions } = progress;
      const told = lagsMs();
      if (partitions === null || told.length < partitions) {
        return { healthy: false, detail: 'the projectors have not told yet how far all partitions are' };
      }
      // One partition that stands still takes its own customers out, not this instance with all the others.
      const fresh = told.filter((lag) => lag <= parts.projectionLagMaxMs);
      const detail = `${fresh.length} of ${partitions} partitions of the projection are up to date`;
      return { healthy: fresh.length > 0, detail };
    },
    foldedThroughMs(customer) {
      const { partitions, foldedThroughMs } = progress;
      return partitions === null ? null : (foldedThroughMs.get(partitionOf(customer, partitions)) ?? null);
    },
    loads: (tenantId, rules) =>
      loadsOf(rules, (targetId) => ({
        agentsOnQueue: agentsOnQueue(tenantId, targetId),
        chats: chats.countsOf(tenantId, targetId),
      })),
  };
}

const targetsOf = new WeakMap<OfferRules, readonly string[]>();

function loadsOf(
  rules: OfferRules,
  loadOf: (targetId: string) => TargetLoad,
): ReadonlyMap<string, TargetLoad> {
  let targets = targetsOf.get(rules);
  if (targets === undefined) {
    targets = [...new Set(rules.maps.flatMap(({ target }) => (target === null ? [] : [target.id])))];
    targetsOf.set(rules, targets);
  }
  return new Map(targets.map((id) => [id, loadOf(id)]));
}
