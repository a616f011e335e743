import { randomUUID } from 'node:crypto';
import type { BlockedOffer, WebActionMetric } from '@offerlock/schemas';
import type { ReportBatch, ReportQuery, StoredBlockedOffer, StoredMetric } from './ports.ts';

/** A Wednesday, 10:00 UTC. */
export const noon = Date.UTC(2026, 5, 10, 10);

/** A metric with defaults; its id is new. */
export function metric(given: Partial<WebActionMetric> = {}): WebActionMetric {
  const occurredAt = given.occurredAt ?? noon;
  return {
    metricId: randomUUID(),
    metric: 'offered',
    tenantId: 'default',
    customerId: 'customer-1',
    sessionId: 'session-1',
    actionId: 'action-1',
    actionMapId: 'map-1',
    actionMapVersion: 1,
    actionMediaType: 'webchat',
    previousState: null,
    millisInPreviousState: null,
    millisSinceOffered: null,
    terminal: false,
    occurredAt,
    receivedAt: occurredAt + 50,
    processedAt: occurredAt + 100,
    topic: 'webactions.events.v1',
    partition: 0,
    offset: 0,
    ...given,
  };
}

export function blockedOffer(given: Partial<BlockedOffer> = {}): BlockedOffer {
  return {
    tenantId: 'default',
    customerId: 'customer-1',
    sessionId: 'session-1',
    actionId: 'action-1',
    actionMapId: 'map-1',
    actionMapVersion: 1,
    actionMediaType: 'webchat',
    reason: 'TerminalState',
    blockingActionMapId: null,
    occurredAt: noon,
    ...given,
  };
}

/** Metrics and blocked offers as records of partition 0, from the offset on. */
export function batch(
  metrics: readonly WebActionMetric[],
  blockedOffers: readonly BlockedOffer[] = [],
  startOffset = 0n,
): ReportBatch {
  const place = (index: number) => ({ partition: 0, offset: startOffset + BigInt(index) });
  const storedMetrics: readonly StoredMetric[] = metrics.map((one, index) => ({
    ...place(index),
    metric: one,
  }));
  const storedBlocked: readonly StoredBlockedOffer[] = blockedOffers.map((one, index) => ({
    ...place(index),
    loggedAt: one.occurredAt + 100,
    blockedOffer: one,
  }));
  const next = (count: number) =>
    count === 0 ? new Map<number, bigint>() : new Map([[0, startOffset + BigInt(count)]]);
  return {
    metrics: storedMetrics,
    blockedOffers: storedBlocked,
    nextOffsets: { metrics: next(metrics.length), blockedOffers: next(blockedOffers.length) },
  };
}

/** Everything of a day, in one row. */
export function query(given: Partial<ReportQuery> = {}): ReportQuery {
  return {
    tenantId: 'default',
    periods: [{ from: noon - 43_200_000, to: noon + 43_200_000 }],
    timeAxis: 'event',
    by: [],
    actionMapIds: null,
    versions: null,
    mediaTypes: null,
    ...given,
  };
}
