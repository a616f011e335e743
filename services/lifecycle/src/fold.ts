import { assertNever } from './assert-never.ts';
import type { ActionState, IncomingEvent } from './event.ts';
import { hasOtherMediaType, judge } from './judge.ts';
import type { Lifecycle, Lifecycles } from './lifecycle.ts';
import { earlyEventsMax, type EarlyEvent, type OfferState } from './offer-state.ts';
import type { Applied, Folded, RefusalReason, Settled } from './outcome.ts';
import { nothingTaken, take, type Taken } from './take.ts';

export interface FoldOptions {
  readonly lifecycles: Lifecycles;
  /** Whether errored, timed out, ignored and the informational states yield metrics too. */
  readonly extendedMetrics: boolean;
  /** How long an early event may wait, in ms. The fold knows no clock; 0 refuses early events at once. */
  readonly earlyGraceMs: number;
}

/**
 * What an event does to the state of its customer and action map. Total and pure: the same arguments give the same
 * outcome, whoever asks and however often. `state` is null where nothing is known yet. The event's fields must have
 * passed `checkEvent`. The rules, and the laws that hold of them, are told in docs/lifecycle.md.
 */
export function fold(options: FoldOptions, state: OfferState | null, incoming: IncomingEvent): Folded {
  const { event } = incoming;
  const lifecycle = options.lifecycles.get(event.actionMediaType);
  if (lifecycle === undefined) return refused('UNKNOWN_MEDIA_TYPE');
  if (!lifecycle.states.includes(event.actionState as ActionState)) {
    return foldOffThePath(options, lifecycle, state, incoming);
  }

  return foldStep(options, lifecycle, state, incoming);
}

/** The early event whose record has this offset stops waiting: its predecessor did not come in time. */
export type Expired =
  | { readonly outcome: 'expired'; readonly state: OfferState; readonly source: IncomingEvent }
  /** It had stopped waiting before, by itself. */
  | { readonly outcome: 'settled' };

/** Folds a deadline. A repeat finds nothing that waits and changes nothing. */
export function expireEarly(state: OfferState | null, deadline: { readonly offset: bigint }): Expired {
  const offset = deadline.offset.toString();
  const waiting = state?.early.find((early) => early.offset === offset);
  if (state === null || waiting === undefined) return { outcome: 'settled' };
  return { outcome: 'expired', state: without(state, waiting), source: incomingOf(waiting) };
}

/** States that are no steps: they never change anything, and an informational one may still be counted. */
function foldOffThePath(
  options: FoldOptions,
  lifecycle: Lifecycle,
  state: OfferState | null,
  incoming: IncomingEvent,
): Folded {
  const metric = incoming.event.actionState as ActionState;
  const informational = lifecycle.informational.includes(metric);
  if (!informational && !lifecycle.untracked.includes(metric)) return refused('UNKNOWN_STATE');
  if (state !== null && hasOtherMediaType(state, incoming.event)) return refused('MEDIA_TYPE_MISMATCH');
  if (!informational || !options.extendedMetrics) return { outcome: 'untracked', metrics: [] };
  // It belongs to the action as a whole: no attempt to tell apart, nothing before it. Nothing remembers it either, so
  // a repeat yields the metric again, under the same id.
  return {
    outcome: 'untracked',
    metrics: [
      {
        metric,
        source: incoming,
        attempt: 1,
        previousState: null,
        millisInPreviousState: null,
        millisSinceOffered: null,
        terminal: false,
      },
    ],
  };
}

function foldStep(
  options: FoldOptions,
  lifecycle: Lifecycle,
  state: OfferState | null,
  incoming: IncomingEvent,
): FoldedStep {
  const verdict = judge(options.lifecycles, lifecycle, state, incoming.event);
  switch (verdict.verdict) {
    case 'refused':
      return refused(verdict.reason);
    case 'repeated':
      return repeated;
    case 'early':
      return park(options, state, incoming);
    case 'begin':
    case 'append':
    case 'retry':
    case 'insert':
      return settleEarly(options, take(options, lifecycle, state, incoming, verdict));
    default:
      return assertNever(verdict);
  }
}

function park(options: FoldOptions, state: OfferState | null, incoming: IncomingEvent): FoldedStep {
  if (options.earlyGraceMs === 0) return refused('EARLY_EXPIRED');
  const known = state ?? nothingTaken(incoming.event);
  if (known.early.length >= earlyEventsMax) return refused('EARLY_OVERFLOW');
  const waiting: EarlyEvent = { event: incoming.event, offset: incoming.offset.toString() };
  return { outcome: 'early', state: { ...known, early: [...known.early, waiting] } };
}

/**
 * After a step, folds the events that waited, in the order they happened. The first that is applied settles the rest
 * in its turn, so the depth is bounded by the number that waits.
 */
function settleEarly(options: FoldOptions, { state: reached, step, metric }: Taken): Applied {
  const metrics = metric === null ? none : [metric];
  const steps = [step];
  if (reached.early.length === 0)
    return { outcome: 'applied', state: reached, metrics, steps, settled: none };

  let state = reached;
  const settled: Settled[] = [];
  const inOrder = [...reached.early].sort((one, other) => one.event.occurredAt - other.event.occurredAt);
  for (const waiting of inOrder) {
    const source = incomingOf(waiting);
    const others = without(state, waiting);
    const lifecycle = options.lifecycles.get(waiting.event.actionMediaType);
    const folded =
      lifecycle === undefined ? refused('UNKNOWN_MEDIA_TYPE') : foldStep(options, lifecycle, others, source);
    switch (folded.outcome) {
      case 'early':
        break;
      case 'refused':
        state = others;
        settled.push({ source, outcome: 'refused', reason: folded.reason });
        break;
      case 'repeated':
        state = others;
        settled.push({ source, outcome: 'repeated' });
        break;
      case 'applied':
        return {
          outcome: 'applied',
          state: folded.state,
          metrics: [...metrics, ...folded.metrics],
          steps: [...steps, ...folded.steps],
          settled: [...settled, { source, outcome: 'applied' }, ...folded.settled],
        };
      default:
        assertNever(folded);
    }
  }
  return { outcome: 'applied', state, metrics, steps, settled };
}

function without(state: OfferState, waiting: EarlyEvent): OfferState {
  return { ...state, early: state.early.filter((early) => early !== waiting) };
}

function incomingOf(waiting: EarlyEvent): IncomingEvent {
  return { event: waiting.event, offset: BigInt(waiting.offset) };
}

type FoldedStep = Exclude<Folded, { readonly outcome: 'untracked' }>;
type Refused = Extract<Folded, { readonly outcome: 'refused' }>;

const repeated = { outcome: 'repeated' } as const;
const none: readonly never[] = [];

function refused(reason: RefusalReason): Refused {
  return { outcome: 'refused', reason };
}
