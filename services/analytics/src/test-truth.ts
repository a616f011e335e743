import type { StoredBlockedOffer, StoredMetric } from './ports.ts';

/** A local date, or date and hour with offset, by nothing but what `Intl` prints. */
export function shownBy(timeZone: string, granularity: 'hour' | 'day'): (instantMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(granularity === 'hour'
      ? { hour: '2-digit' as const, hourCycle: 'h23' as const, timeZoneName: 'longOffset' as const }
      : {}),
  });
  return (instantMs) => format.format(instantMs);
}

const share = (part: number, whole: number) => (whole > 0 ? part / whole : null);

/** The rows that share a key, counted one by one in the plainest way. */
export function countAgain(all: readonly StoredMetric[], blocked: readonly StoredBlockedOffer[]) {
  // A report has no column for what only informs.
  const informing = new Set(['qualifiedOutsideSchedule', 'offeredOutsideSchedule', 'frequencyCapReached']);
  const metrics = all.filter(({ metric }) => !informing.has(metric.metric));
  const named = (name: string) => metrics.filter(({ metric }) => metric.metric === name);
  const times = (name: string) => {
    const sorted = named(name)
      .flatMap(({ metric }) => (metric.millisSinceOffered === null ? [] : [metric.millisSinceOffered]))
      .toSorted((a, b) => a - b);
    const rank = (below: number) => sorted[Math.max(1, Math.ceil(below * sorted.length)) - 1] ?? null;
    return { p50: rank(0.5), p95: rank(0.95) };
  };
  const [qualified, offered, accepted, engaged] = ['qualified', 'offered', 'accepted', 'engaged'].map(
    (name) => named(name).length,
  ) as [number, number, number, number];
  return {
    qualified,
    offered,
    accepted,
    engaged,
    rejected: named('rejected').length,
    started: named('started').length,
    abandoned: named('abandoned').length,
    errored: named('errored').length,
    timedout: named('timedout').length,
    ignored: named('ignored').length,
    blocked: blocked.length,
    customers: new Set(metrics.map(({ metric }) => metric.customerId)).size,
    sessions: new Set(metrics.map(({ metric }) => metric.sessionId)).size,
    late: metrics.filter(({ metric }) => metric.processedAt > metric.occurredAt + 3_600_000).length,
    offeredShare: share(offered, qualified),
    acceptedShare: share(accepted, offered),
    engagedShare: share(engaged, accepted),
    timeToAccept: times('accepted'),
    timeToStart: times('started'),
    timeToEngage: times('engaged'),
  };
}

export function grouped<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one)) ?? [];
    group.push(one);
    groups.set(keyOf(one), group);
  }
  return groups;
}
