import { mayReoffer } from '../judge.ts';
import type { OfferState } from '../offer-state.ts';
import type { Candidate } from './candidate.ts';
import { timeInWords, type Stop } from './reasons.ts';
import { isHeld, isOpen } from './session.ts';

/**
 * Whether the map's own lifecycle lets it be offered. What passes here is what the fold would apply: the lock is judged by
 * the fold's own rule, and a new action must begin after everything known.
 */
export function stopByLifecycle(candidate: Candidate): Stop | null {
  const { state, rule, request } = candidate;
  if (state !== null) {
    const stop = stopByState(candidate, state);
    if (stop !== null) return stop;
  }
  const own = request.reservations.some(
    (reservation) => reservation.actionMapId === rule.map.id && isHeld(request, reservation),
  );
  return own ? { reason: 'Reserved', why: () => 'The offer is promised and not shown yet.' } : null;
}

function stopByState(candidate: Candidate, state: OfferState): Stop | null {
  const { rules, request, session, goingOn } = candidate;
  const { locked, early } = state;
  const begin = { occurredAt: request.now, sessionId: request.session.id };
  if (locked !== null && !mayReoffer(rules.lifecycles, state, begin)) {
    const scope = rules.lifecycles.get(state.mediaType)?.reoffer.scope ?? 'never';
    const why = (): string =>
      `It was ${locked.state} at ${timeInWords(locked.at)}, and its re-offer scope is ${scope}.`;
    return { reason: 'TerminalState', why };
  }
  if (early.length > 0) {
    const why = (): string =>
      `${early.length} of its events wait for their predecessor, the first is ${early[0]?.event.actionState}.`;
    return { reason: 'Pending', why };
  }
  if (isOpen(state) && session.isAlive(state)) {
    const why = (): string => `It is ${state.status} since ${timeInWords(state.enteredAt)}.`;
    return { reason: 'AlreadyExistingOffer', why };
  }
  // The clocks of browsers differ. The fold refuses an action that begins before the present one did, and takes an
  // attempt that is not later than the failed one for a copy.
  if (goingOn.kind !== 'qualified' && state.visited.some((step) => step.at >= request.now)) {
    return { reason: 'Pending', why: () => 'The last known steps are not in the past yet.' };
  }
  return null;
}
