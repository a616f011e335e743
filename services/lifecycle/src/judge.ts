import { assertNever } from './assert-never.ts';
import type { ActionState, WebActionEvent } from './event.ts';
import type { Lifecycle, Lifecycles } from './lifecycle.ts';
import type { OfferState } from './offer-state.ts';
import type { RefusalReason } from './outcome.ts';

/** Where an event belongs, before anything is changed. */
export type Verdict =
  | Placement
  | { readonly verdict: 'early' }
  | { readonly verdict: 'repeated' }
  | { readonly verdict: 'refused'; readonly reason: RefusalReason };

/** The place of a step that is to be taken. */
export type Placement =
  /** First step of another action; what is present is closed. */
  | { readonly verdict: 'begin' }
  /** First step of a further attempt of the present action. */
  | { readonly verdict: 'retry' }
  /** After the last step. */
  | { readonly verdict: 'append' }
  /** Before the step that `visited` has at `index`. */
  | { readonly verdict: 'insert'; readonly index: number };

/**
 * Judges an event whose state is a step of the lifecycle, by the rules of docs/lifecycle.md in their order. The steps
 * that may follow each other are the vendor's; what happens to all others is our decision.
 */
export function judge(
  lifecycles: Lifecycles,
  lifecycle: Lifecycle,
  state: OfferState | null,
  event: WebActionEvent,
): Verdict {
  const step = event.actionState as ActionState;
  if (state === null) return lifecycle.allows('none', step) ? begin : early;
  if (hasOtherMediaType(state, event)) return refuse('MEDIA_TYPE_MISMATCH');

  const owner = ownerOf(state, event);
  if (wasTaken(state, owner, event)) {
    return owner === 'present' && isRetry(lifecycle, state, event) ? retry : repeated;
  }
  if (isWaiting(state, event)) return repeated;

  const place = owner === 'present' ? placeInPath(lifecycle, state, event) : null;
  if (place !== null) return place;

  if (state.locked !== null) {
    const startsOver =
      owner === 'unknown' && lifecycle.allows('none', step) && mayReoffer(lifecycles, state, event);
    return startsOver ? begin : refuse('TERMINAL_LOCKED');
  }

  switch (owner) {
    case 'present':
      return refuse('ILLEGAL_TRANSITION');
    case 'closed':
      return refuse('STALE_ACTION');
    case 'unknown':
      // Older than the present action: superseded before we heard of it, or closed so long ago that it is forgotten.
      // Taking over now would cost the newer action its lock. See docs/decisions/0010.
      if (state.status !== 'none' && event.occurredAt < beginOf(state)) return refuse('STALE_ACTION');
      return lifecycle.allows('none', step) ? begin : early;
    default:
      return assertNever(owner);
  }
}

/** Whether the event speaks of the present action and names another media type than the action began with. */
export function hasOtherMediaType(state: OfferState, event: WebActionEvent): boolean {
  return state.actionId === event.actionId && state.mediaType !== event.actionMediaType;
}

/** `present`: this attempt of this action; `closed`: an earlier attempt or action; `unknown`: not seen or forgotten. */
type Owner = 'present' | 'closed' | 'unknown';

function ownerOf(state: OfferState, event: WebActionEvent): Owner {
  if (state.actionId === event.actionId) {
    // Attempts share the action's id, so only the time tells them apart. See docs/decisions/0011.
    return state.attempt > 1 && event.occurredAt < beginOf(state) ? 'closed' : 'present';
  }
  for (const closed of state.closed) if (closed.actionId === event.actionId) return 'closed';
  return 'unknown';
}

function wasTaken(state: OfferState, owner: Owner, event: WebActionEvent): boolean {
  const step = event.actionState as ActionState;
  switch (owner) {
    case 'present':
      for (const taken of state.visited) if (taken.state === step) return true;
      return false;
    case 'closed':
      return state.closed.some(
        (closed) => closed.actionId === event.actionId && closed.visited.includes(step),
      );
    case 'unknown':
      return false;
    default:
      return assertNever(owner);
  }
}

/**
 * Whether a step taken before opens a further attempt instead. It must be later than everything of the attempt that
 * failed: later than the error alone would let a copy of the first `offered` pass when the clocks disagree.
 */
function isRetry(lifecycle: Lifecycle, state: OfferState, event: WebActionEvent): boolean {
  return (
    lifecycle.retry !== null &&
    lifecycle.retry.with === event.actionState &&
    lifecycle.retry.after === state.status &&
    state.visited.every((taken) => event.occurredAt > taken.at)
  );
}

function isWaiting(state: OfferState, { actionId, actionState, actionMediaType }: WebActionEvent): boolean {
  for (const { event } of state.early) {
    if (
      event.actionId === actionId &&
      event.actionState === actionState &&
      event.actionMediaType === actionMediaType
    ) {
      return true;
    }
  }
  return false;
}

/**
 * The place in the present attempt's path: after the last step, between two, or none yet (`early`). null: it cannot
 * come to fit within this attempt. A step between must not be later than the one it precedes; the same millisecond
 * will do.
 */
function placeInPath(lifecycle: Lifecycle, state: OfferState, event: WebActionEvent): Verdict | null {
  const step = event.actionState as ActionState;
  if (lifecycle.allows(state.status, step)) return append;
  let mayComeToFit = lifecycle.leadsTo(state.status, step);
  let before: ActionState | 'none' = 'none';
  for (const [index, after] of state.visited.entries()) {
    if (event.occurredAt <= after.at) {
      const follows = lifecycle.allows(before, step);
      const precedes = lifecycle.allows(step, after.state);
      if (follows && precedes) return { verdict: 'insert', index };
      mayComeToFit ||=
        (follows || lifecycle.leadsTo(before, step)) && (precedes || lifecycle.leadsTo(step, after.state));
    }
    before = after.state;
  }
  return mayComeToFit ? early : null;
}

/** Whether the lock gives way to a new action that begins so. The scope is that of the media type that locked the map. */
export function mayReoffer(
  lifecycles: Lifecycles,
  state: OfferState,
  event: Pick<WebActionEvent, 'occurredAt' | 'sessionId'>,
): boolean {
  const { locked } = state;
  const reoffer = lifecycles.get(state.mediaType)?.reoffer;
  // What happened before the lock never lifts it, in whichever session. See docs/decisions/0010.
  if (locked === null || reoffer === undefined || event.occurredAt < locked.at) return false;
  switch (reoffer.scope) {
    case 'never':
      return false;
    case 'session':
      return event.sessionId !== state.sessionId;
    case 'after':
      return event.occurredAt - locked.at >= reoffer.afterMs;
    default:
      return assertNever(reoffer);
  }
}

function beginOf(state: OfferState): number {
  return state.visited[0]?.at ?? state.enteredAt;
}

// Most events get one of these, so they are made once.
const begin = { verdict: 'begin' } as const;
const retry = { verdict: 'retry' } as const;
const append = { verdict: 'append' } as const;
const early = { verdict: 'early' } as const;
const repeated = { verdict: 'repeated' } as const;

function refuse(reason: RefusalReason): Verdict {
  return { verdict: 'refused', reason };
}
