import { assertNever } from './assert-never.ts';
import type { ActionState, IncomingEvent, WebActionEvent } from './event.ts';
import type { Lifecycle, Lifecycles } from './lifecycle.ts';
import {
  closedActionsMax,
  earlyEventsMax,
  type ClosedAction,
  type EarlyEvent,
  type OfferState,
  type VisitedStep,
} from './offer-state.ts';
import type { Applied, Folded, Metric, RefusalReason, Settled } from './outcome.ts';

export interface FoldOptions {
  readonly lifecycles: Lifecycles;
  /** Whether errored, timed out, ignored and the informational states yield metrics too. */
  readonly extendedMetrics: boolean;
  /** How long an early event may wait, in ms. The fold knows no clock; 0 refuses early events at once. */
  readonly earlyGraceMs: number;
}

/** Where an event belongs, before anything is changed. */
type Verdict =
  | { readonly verdict: 'begin' }
  | { readonly verdict: 'append' }
  | { readonly verdict: 'retry' }
  | { readonly verdict: 'insert'; readonly index: number }
  | { readonly verdict: 'early' }
  | { readonly verdict: 'repeated' }
  | { readonly verdict: 'refused'; readonly reason: RefusalReason };

/**
 * What an event does to the state of its customer and action map. Total and pure: the same arguments give the same
 * outcome, whoever asks and however often. `state` is null where nothing is known yet. The event's fields must have
 * passed `checkEvent`. The rules are explained in docs/lifecycle.md.
 */
export function fold(options: FoldOptions, state: OfferState | null, incoming: IncomingEvent): Folded {
  const { event } = incoming;
  const lifecycle = options.lifecycles.get(event.actionMediaType);
  if (lifecycle === undefined) return refused('UNKNOWN_MEDIA_TYPE');
  const step = event.actionState as ActionState;
  if (!lifecycle.states.includes(step)) return foldOutsideThePath(options, lifecycle, state, incoming);

  const verdict = judge(options, lifecycle, state, event);
  switch (verdict.verdict) {
    case 'refused':
      return refused(verdict.reason);
    case 'repeated':
      return { outcome: 'repeated' };
    case 'early':
      return park(options, lifecycle, state, incoming);
    case 'begin':
    case 'append':
    case 'retry':
    case 'insert': {
      const taken = take(options, lifecycle, state, incoming, verdict);
      return settleEarly(options, taken);
    }
    default:
      return assertNever(verdict);
  }
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

function foldOutsideThePath(
  options: FoldOptions,
  lifecycle: Lifecycle,
  state: OfferState | null,
  incoming: IncomingEvent,
): Folded {
  const step = incoming.event.actionState as ActionState;
  const informational = lifecycle.informational.includes(step);
  if (!informational && !lifecycle.untracked.includes(step)) return refused('UNKNOWN_STATE');
  if (hasOtherMediaType(state, incoming.event)) return refused('MEDIA_TYPE_MISMATCH');
  if (!informational || !options.extendedMetrics) return { outcome: 'untracked', metrics: [] };
  // Not part of a path, so there is no attempt to tell apart and nothing before it.
  const metric: Metric = {
    metric: step,
    source: incoming,
    attempt: 1,
    previousState: null,
    millisInPreviousState: null,
    millisSinceOffered: null,
    terminal: false,
  };
  return { outcome: 'untracked', metrics: [metric] };
}

function judge(
  options: FoldOptions,
  lifecycle: Lifecycle,
  state: OfferState | null,
  event: WebActionEvent,
): Verdict {
  const step = event.actionState as ActionState;
  if (state === null) return lifecycle.allows('none', step) ? { verdict: 'begin' } : { verdict: 'early' };
  if (hasOtherMediaType(state, event)) return refuse('MEDIA_TYPE_MISMATCH');

  const present = state.actionId === event.actionId;
  const beforeThisAttempt = present && state.attempt > 1 && event.occurredAt < beginOf(state);
  if (present && !beforeThisAttempt && state.visited.some((visited) => visited.state === step)) {
    const retries =
      lifecycle.retry?.with === step &&
      state.status === lifecycle.retry.after &&
      event.occurredAt > state.enteredAt;
    return retries ? { verdict: 'retry' } : { verdict: 'repeated' };
  }
  if (isWaiting(state, event) || ((!present || beforeThisAttempt) && wasVisitedByClosed(state, event))) {
    return { verdict: 'repeated' };
  }

  if (present && !beforeThisAttempt) {
    const placed = placeInPath(lifecycle, state, event);
    if (placed !== null) return placed;
  }

  if (state.locked !== null) {
    const mayBegin = !present && lifecycle.allows('none', step) && mayReoffer(options, state, event);
    return mayBegin ? { verdict: 'begin' } : refuse('TERMINAL_LOCKED');
  }
  if (beforeThisAttempt) return refuse('STALE_ACTION');
  if (present) return refuse('ILLEGAL_TRANSITION');
  if (isClosed(state, event.actionId)) return refuse('STALE_ACTION');
  // An action that began before the present one was superseded before we heard of it. Letting it take over would
  // lose the newer action's lock, and would make a second run over a topic differ from the first.
  if (state.status !== 'none' && event.occurredAt < beginOf(state)) return refuse('STALE_ACTION');
  return lifecycle.allows('none', step) ? { verdict: 'begin' } : { verdict: 'early' };
}

/** Whether the step is next in the path of the present attempt, belongs between two of its steps, or may come to. */
function placeInPath(lifecycle: Lifecycle, state: OfferState, event: WebActionEvent): Verdict | null {
  const step = event.actionState as ActionState;
  if (lifecycle.allows(state.status, step)) return { verdict: 'append' };
  let mayComeToFit = lifecycle.leadsTo(state.status, step);
  for (const [index, later] of state.visited.entries()) {
    if (event.occurredAt > later.at) continue;
    const earlier = state.visited[index - 1]?.state ?? 'none';
    const follows = lifecycle.allows(earlier, step);
    const precedes = lifecycle.allows(step, later.state);
    if (follows && precedes) return { verdict: 'insert', index };
    const mayFollow = follows || lifecycle.leadsTo(earlier, step);
    const mayPrecede = precedes || lifecycle.leadsTo(step, later.state);
    mayComeToFit ||= mayFollow && mayPrecede;
  }
  return mayComeToFit ? { verdict: 'early' } : null;
}

function mayReoffer(options: FoldOptions, state: OfferState, event: WebActionEvent): boolean {
  const { locked } = state;
  // The map's own lifecycle decides, which is that of the action that locked it. An older action never reopens a lock.
  const scope = options.lifecycles.get(state.mediaType)?.reoffer ?? { scope: 'never' };
  if (locked === null || event.occurredAt <= locked.at) return false;
  switch (scope.scope) {
    case 'never':
      return false;
    case 'session':
      return event.sessionId !== state.sessionId;
    case 'after':
      return event.occurredAt - locked.at >= scope.afterMs;
    default:
      return assertNever(scope);
  }
}

function park(
  options: FoldOptions,
  lifecycle: Lifecycle,
  state: OfferState | null,
  incoming: IncomingEvent,
): Folded {
  if (options.earlyGraceMs === 0) return refused('EARLY_EXPIRED');
  const known = state ?? nothingVisited(lifecycle, incoming.event);
  if (known.early.length >= earlyEventsMax) return refused('EARLY_OVERFLOW');
  const waiting: EarlyEvent = { event: incoming.event, offset: incoming.offset.toString() };
  return { outcome: 'early', state: { ...known, early: [...known.early, waiting] } };
}

type Placement = Extract<Verdict, { readonly verdict: 'begin' | 'append' | 'retry' | 'insert' }>;

interface Taken {
  readonly state: OfferState;
  readonly metrics: readonly Metric[];
}

/** Takes the step at its place in the path. */
function take(
  options: FoldOptions,
  lifecycle: Lifecycle,
  state: OfferState | null,
  incoming: IncomingEvent,
  placement: Placement,
): Taken {
  const { event } = incoming;
  const step = visitedStepOf(event);
  let next: OfferState;
  let index: number;
  if (placement.verdict === 'begin' || placement.verdict === 'retry' || state === null) {
    next = newAttempt(lifecycle, state, event, step);
    index = 0;
  } else {
    index = placement.verdict === 'insert' ? placement.index : state.visited.length;
    next = extendedBy(state, step, index);
  }
  if (placement.verdict !== 'insert' && lifecycle.isTerminal(step.state)) {
    next = { ...next, locked: { state: step.state, at: step.at } };
  }
  return { state: next, metrics: metricsOf(options, lifecycle, next, index, incoming) };
}

function newAttempt(
  lifecycle: Lifecycle,
  state: OfferState | null,
  event: WebActionEvent,
  step: VisitedStep,
): OfferState {
  const known = state ?? nothingVisited(lifecycle, event);
  const offered = step.state === 'offered';
  return {
    status: step.state,
    locked: null,
    actionId: event.actionId,
    actionMapVersion: event.actionMapVersion,
    mediaType: lifecycle.mediaType,
    sessionId: event.sessionId,
    attempt: known.actionId === event.actionId ? known.attempt + 1 : 1,
    enteredAt: step.at,
    offeredAt: offered ? step.at : null,
    visited: [step],
    timesOffered: known.timesOffered + (offered ? 1 : 0),
    closed: closing(known),
    early: known.early,
  };
}

/** The closed actions once the present attempt has joined them. */
function closing(state: OfferState): readonly ClosedAction[] {
  if (state.actionId === null) return state.closed;
  const present = { actionId: state.actionId, visited: state.visited.map((visited) => visited.state) };
  return [...state.closed, present].slice(-closedActionsMax);
}

function extendedBy(state: OfferState, step: VisitedStep, index: number): OfferState {
  const visited = [...state.visited.slice(0, index), step, ...state.visited.slice(index)];
  const last = index === state.visited.length;
  const offered = step.state === 'offered';
  return {
    ...state,
    status: last ? step.state : state.status,
    enteredAt: last ? step.at : state.enteredAt,
    offeredAt: offered ? step.at : state.offeredAt,
    timesOffered: state.timesOffered + (offered ? 1 : 0),
    visited,
  };
}

function metricsOf(
  options: FoldOptions,
  lifecycle: Lifecycle,
  state: OfferState,
  index: number,
  incoming: IncomingEvent,
): readonly Metric[] {
  const step = incoming.event.actionState as ActionState;
  if (!options.extendedMetrics && !lifecycle.metrics.includes(step)) return [];
  const at = incoming.event.occurredAt;
  const previous = state.visited[index - 1];
  const offeredBefore = state.visited.slice(0, index + 1).some((visited) => visited.state === 'offered');
  return [
    {
      metric: step,
      source: incoming,
      attempt: state.attempt,
      previousState: previous?.state ?? null,
      millisInPreviousState: previous === undefined ? null : at - previous.at,
      millisSinceOffered: offeredBefore && state.offeredAt !== null ? at - state.offeredAt : null,
      terminal: lifecycle.isTerminal(step),
    },
  ];
}

/** Judges the early events anew, in the order they happened, until none of them moves any more. */
function settleEarly(options: FoldOptions, taken: Taken): Applied {
  let { state } = taken;
  if (state.early.length === 0) return { outcome: 'applied', state, metrics: taken.metrics, settled: [] };

  const metrics = [...taken.metrics];
  const settled: Settled[] = [];
  for (let moved = true; moved;) {
    moved = false;
    const inOrder = [...state.early].sort((one, other) => one.event.occurredAt - other.event.occurredAt);
    for (const waiting of inOrder) {
      const source = incomingOf(waiting);
      const lifecycle = options.lifecycles.get(waiting.event.actionMediaType);
      const others = without(state, waiting);
      const verdict: Verdict =
        lifecycle === undefined
          ? refuse('UNKNOWN_MEDIA_TYPE')
          : judge(options, lifecycle, others, waiting.event);
      if (verdict.verdict === 'early') continue;
      moved = true;
      state = others;
      if (verdict.verdict === 'refused') {
        settled.push({ source, outcome: 'refused', reason: verdict.reason });
      } else if (verdict.verdict === 'repeated') {
        settled.push({ source, outcome: 'repeated' });
      } else if (lifecycle !== undefined) {
        const step = take(options, lifecycle, others, source, verdict);
        state = step.state;
        metrics.push(...step.metrics);
        settled.push({ source, outcome: 'applied' });
      }
      break;
    }
  }
  return { outcome: 'applied', state, metrics, settled };
}

function nothingVisited(lifecycle: Lifecycle, event: WebActionEvent): OfferState {
  return {
    status: 'none',
    locked: null,
    actionId: null,
    actionMapVersion: event.actionMapVersion,
    mediaType: lifecycle.mediaType,
    sessionId: event.sessionId,
    attempt: 0,
    enteredAt: event.occurredAt,
    offeredAt: null,
    visited: [],
    timesOffered: 0,
    closed: [],
    early: [],
  };
}

function visitedStepOf(event: WebActionEvent): VisitedStep {
  const state = event.actionState as ActionState;
  if (state !== 'errored') return { state, at: event.occurredAt };
  return { state, at: event.occurredAt, error: { code: event.errorCode, message: event.errorMessage } };
}

function hasOtherMediaType(state: OfferState | null, event: WebActionEvent): boolean {
  return state !== null && state.actionId === event.actionId && state.mediaType !== event.actionMediaType;
}

function beginOf(state: OfferState): number {
  return state.visited[0]?.at ?? state.enteredAt;
}

function isWaiting(state: OfferState, event: WebActionEvent): boolean {
  return state.early.some(
    (early) => early.event.actionId === event.actionId && early.event.actionState === event.actionState,
  );
}

function isClosed(state: OfferState, actionId: string): boolean {
  return state.closed.some((closed) => closed.actionId === actionId);
}

function wasVisitedByClosed(state: OfferState, event: WebActionEvent): boolean {
  return state.closed.some(
    (closed) =>
      closed.actionId === event.actionId && closed.visited.includes(event.actionState as ActionState),
  );
}

function without(state: OfferState, waiting: EarlyEvent): OfferState {
  return { ...state, early: state.early.filter((early) => early !== waiting) };
}

function incomingOf(waiting: EarlyEvent): IncomingEvent {
  return { event: waiting.event, offset: BigInt(waiting.offset) };
}

function refuse(reason: RefusalReason): Verdict {
  return { verdict: 'refused', reason };
}

function refused(reason: RefusalReason): Folded {
  return { outcome: 'refused', reason };
}
