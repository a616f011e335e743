import type { ActionState, IncomingEvent, WebActionEvent } from './event.ts';
import type { Placement } from './judge.ts';
import type { Lifecycle } from './lifecycle.ts';
import { closedActionsMax, type ClosedAction, type OfferState, type VisitedStep } from './offer-state.ts';
import type { Metric, Step } from './outcome.ts';

export interface Taken {
  readonly state: OfferState;
  readonly step: Step;
  /** null: this step does not count. */
  readonly metric: Metric | null;
}

/** Takes a step at the place it was given. `state` may be null only where an action begins. */
export function take(
  options: { readonly extendedMetrics: boolean },
  lifecycle: Lifecycle,
  state: OfferState | null,
  incoming: IncomingEvent,
  placement: Placement,
): Taken {
  const step = stepOf(incoming.event);
  let next: OfferState;
  let index = 0;
  let from: Step['from'] = 'none';
  if (state === null || placement.verdict === 'begin' || placement.verdict === 'retry') {
    next = attemptBegunWith(lifecycle, state, incoming.event, step);
    if (state !== null && placement.verdict === 'retry') from = state.status;
  } else if (placement.verdict === 'append') {
    index = state.visited.length;
    next = appendedTo(lifecycle, state, step);
    from = state.status;
  } else {
    index = placement.index;
    next = insertedInto(state, step, index);
    from = state.visited[index - 1]?.state ?? 'none';
  }
  const counts = options.extendedMetrics || lifecycle.metrics.includes(step.state);
  return {
    state: next,
    step: { mediaType: lifecycle.mediaType, from, to: step.state },
    metric: counts ? metricOf(lifecycle, next, index, incoming) : null,
  };
}

/** What is known where no step was taken yet: where an early event comes first. */
export function nothingTaken(event: WebActionEvent): OfferState {
  return {
    status: 'none',
    locked: null,
    actionId: null,
    actionMapVersion: event.actionMapVersion,
    mediaType: event.actionMediaType,
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

function stepOf(event: WebActionEvent): VisitedStep {
  const state = event.actionState as ActionState;
  if (state !== 'errored') return { state, at: event.occurredAt };
  return { state, at: event.occurredAt, error: { code: event.errorCode, message: event.errorMessage } };
}

function attemptBegunWith(
  lifecycle: Lifecycle,
  known: OfferState | null,
  event: WebActionEvent,
  step: VisitedStep,
): OfferState {
  const offered = step.state === 'offered';
  return {
    status: step.state,
    locked: lockedBy(lifecycle, step),
    actionId: event.actionId,
    actionMapVersion: event.actionMapVersion,
    mediaType: lifecycle.mediaType,
    sessionId: event.sessionId,
    attempt: known !== null && known.actionId === event.actionId ? known.attempt + 1 : 1,
    enteredAt: step.at,
    offeredAt: offered ? step.at : null,
    visited: [step],
    timesOffered: (known?.timesOffered ?? 0) + (offered ? 1 : 0),
    closed: known === null ? [] : closing(known),
    early: known?.early ?? [],
  };
}

/** The closed actions once the present attempt has joined them. Whatever is forgotten is told by its time. */
function closing(state: OfferState): readonly ClosedAction[] {
  if (state.actionId === null) return state.closed;
  const present = { actionId: state.actionId, visited: state.visited.map((taken) => taken.state) };
  return [...state.closed, present].slice(-closedActionsMax);
}

// Most events append. Every field is written out because a spread here took more time than all the rest of the fold.
function appendedTo(lifecycle: Lifecycle, state: OfferState, step: VisitedStep): OfferState {
  const offered = step.state === 'offered';
  return {
    status: step.state,
    locked: lockedBy(lifecycle, step),
    actionId: state.actionId,
    actionMapVersion: state.actionMapVersion,
    mediaType: state.mediaType,
    sessionId: state.sessionId,
    attempt: state.attempt,
    enteredAt: step.at,
    offeredAt: offered ? step.at : state.offeredAt,
    visited: [...state.visited, step],
    timesOffered: offered ? state.timesOffered + 1 : state.timesOffered,
    closed: state.closed,
    early: state.early,
  };
}

/** A late step fills a gap. What comes after it stands, so status and lock do not move. */
function insertedInto(state: OfferState, step: VisitedStep, index: number): OfferState {
  const offered = step.state === 'offered';
  return {
    ...state,
    offeredAt: offered ? step.at : state.offeredAt,
    visited: state.visited.toSpliced(index, 0, step),
    timesOffered: offered ? state.timesOffered + 1 : state.timesOffered,
  };
}

function lockedBy(lifecycle: Lifecycle, step: VisitedStep): OfferState['locked'] {
  return lifecycle.isTerminal(step.state) ? { state: step.state, at: step.at } : null;
}

function metricOf(lifecycle: Lifecycle, state: OfferState, index: number, source: IncomingEvent): Metric {
  const { occurredAt } = source.event;
  const metric = source.event.actionState as ActionState;
  const previous = state.visited[index - 1];
  const offer = state.visited.findIndex((taken) => taken.state === 'offered');
  return {
    metric,
    source,
    attempt: state.attempt,
    previousState: previous?.state ?? null,
    millisInPreviousState: previous === undefined ? null : occurredAt - previous.at,
    millisSinceOffered:
      state.offeredAt === null || offer === -1 || offer > index ? null : occurredAt - state.offeredAt,
    terminal: lifecycle.isTerminal(metric),
  };
}
