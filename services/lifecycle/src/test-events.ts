import type { IncomingEvent, WebActionEvent } from './event.ts';
import { fold, type FoldOptions } from './fold.ts';
import { lifecyclesWith } from './lifecycles.ts';
import type { OfferState } from './offer-state.ts';
import type { Folded, Metric, Settled } from './outcome.ts';

export const day = Date.UTC(2026, 4, 1);

/** An event with defaults, so many seconds into the day of all tests; a test names only what matters to it. */
export function eventOf(
  actionState: string,
  second: number,
  fields: Partial<WebActionEvent> = {},
): WebActionEvent {
  const occurredAt = day + second * 1000;
  return {
    eventId: '11111111-1111-4111-8111-111111111111',
    tenantId: 'default',
    customerId: 'ann',
    customerIdType: 'cookie',
    sessionId: 'session-1',
    actionId: 'action-1',
    actionMapId: 'map-1',
    actionMapVersion: 1,
    actionMediaType: 'webchat',
    actionState,
    occurredAt,
    receivedAt: fields.occurredAt ?? occurredAt,
    errorCode: null,
    errorMessage: null,
    ...fields,
  };
}

/** The steps of one action, a second apart. */
export function journeyOf(
  states: readonly string[],
  fields: Partial<WebActionEvent> = {},
  firstSecond = 1,
): readonly WebActionEvent[] {
  return states.map((state, index) => eventOf(state, firstSecond + index, fields));
}

export const foldDefaults: FoldOptions = {
  lifecycles: lifecyclesWith(),
  extendedMetrics: false,
  earlyGraceMs: 60_000,
};

export interface Run {
  readonly state: OfferState | null;
  readonly folded: readonly Folded[];
  readonly metrics: readonly Metric[];
  readonly settled: readonly Settled[];
}

/** Folds the events one after the other, as a partition would. */
export function run(
  events: readonly WebActionEvent[],
  options: FoldOptions = foldDefaults,
  from: OfferState | null = null,
): Run {
  let state = from;
  const folded = events.map((event, offset) => {
    const one = fold(options, state, { event, offset: BigInt(offset) });
    if ('state' in one) state = one.state;
    return one;
  });
  return {
    state,
    folded,
    metrics: folded.flatMap((one) => ('metrics' in one ? one.metrics : [])),
    settled: folded.flatMap((one) => ('settled' in one ? one.settled : [])),
  };
}

/** What names a metric within its customer and map: the parts of `metricId` that can differ. */
export function metricNameOf(metric: Metric): string {
  return `${metric.source.event.actionId} attempt ${metric.attempt} ${metric.metric}`;
}

export function incomingOf(event: WebActionEvent, offset = 0n): IncomingEvent {
  return { event, offset };
}
