import type { IncomingEvent, WebActionEvent } from './event.ts';
import { fold, type FoldOptions } from './fold.ts';
import type { OfferState } from './offer-state.ts';
import type { Folded, Metric, Settled } from './outcome.ts';
import { day, eventOf as anyEventOf, foldDefaults } from './testing/index.ts';

export { day, foldDefaults };

/** An event so many seconds into the day of all tests. */
export function eventOf(
  actionState: string,
  second: number,
  fields: Partial<WebActionEvent> = {},
): WebActionEvent {
  return anyEventOf(actionState, { occurredAt: day + second * 1000, ...fields });
}

/** The steps of one action, a second apart. */
export function journeyOf(
  states: readonly string[],
  fields: Partial<WebActionEvent> = {},
  firstSecond = 1,
): readonly WebActionEvent[] {
  return states.map((state, index) => eventOf(state, firstSecond + index, fields));
}

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
