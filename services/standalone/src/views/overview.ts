import { OfferlockError } from '@offerlock/lifecycle';
import type { Projector } from '@offerlock/projector';
import type { Counters } from '../counters/counters.ts';
import type { RateMeter } from '../counters/rate-meter.ts';
import { demoTenant, type DemoTraffic } from '../demo/demo-traffic.ts';
import type { Overview } from '../page-api.ts';
import type { Clock, CustomerIndex, DirectoryFacts, LogView } from '../ports.ts';

export interface OverviewParts {
  readonly clock: Clock;
  readonly directory: DirectoryFacts;
  readonly log: LogView;
  readonly counters: Counters;
  readonly rate: RateMeter;
  readonly customers: CustomerIndex;
  readonly demo: DemoTraffic;
  readonly projector: Pick<Projector, 'partitions'>;
}

/** Answers with the state of everything as it is now. */
export function createOverview(parts: OverviewParts): () => Overview {
  const startedAt = parts.clock.now();
  return () => ({
    at: parts.clock.now(),
    startedAt,
    directory: {
      path: parts.directory.path,
      createdAt: parts.directory.createdAtMs,
      bytes: parts.directory.bytes(),
    },
    demo: {
      running: parts.demo.running,
      tenant: demoTenant,
      eventsPerSecond: parts.demo.eventsPerSecond,
    },
    partitions: partitionsOf(parts),
    eventsPerSecond: parts.rate.perSecond(),
    offers: parts.customers.offerCount,
    tenants: parts.counters.tenants(),
    series: parts.counters.series(),
  });
}

function partitionsOf({ log, projector, counters }: OverviewParts): Overview['partitions'] {
  const statuses = new Map(projector.partitions().map((status) => [status.partition, status]));
  return Array.from({ length: log.partitions }, (_, partition) => {
    const { startOffset, endOffset } = log.events.bounds(partition);
    const status = statuses.get(partition);
    const committed = status?.nextOffset ?? startOffset;
    return {
      partition,
      start: startOffset.toString(),
      end: endOffset.toString(),
      committed: committed.toString(),
      countedFrom: (counters.countedFrom(partition) ?? committed).toString(),
      status: status?.status ?? 'idle',
      problem: problemText(status?.error ?? null),
    };
  });
}

function problemText(error: unknown): string | null {
  if (error === null || error === undefined) return null;
  if (error instanceof OfferlockError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : JSON.stringify(error);
}
