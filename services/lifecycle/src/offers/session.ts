import type { OfferState } from '../offer-state.ts';
import type { OfferRequest, Reservation } from './offer-request.ts';

/** The customer's offers as the present session sees them. */
export interface SessionView {
  /** Whether the present action belongs to the present session. */
  isCurrent(state: OfferState): boolean;
  /** Whether the session it belongs to, this or another, may still go on. */
  isAlive(state: OfferState): boolean;
  /** An offer of this media type that somebody may have before the eyes, or that is promised. */
  inTheWay(mediaType: string): InTheWay | null;
  /** The offers of this media type in the present session, by action map id, in its order. */
  offersOf(mediaType: string): readonly (readonly [string, OfferState])[];
}

/** `open` was shown and is not over, `waiting` has events that wait for their predecessor, `reserved` is promised. */
export interface InTheWay {
  readonly kind: 'open' | 'waiting' | 'reserved';
  readonly actionMapId: string;
}

/**
 * A session is over after `idleMs` without activity, so it reaches back from now over everything known of it until the
 * first gap that long. What is known is the steps of the customer's own offers, and what the request says.
 */
export function viewSession(request: OfferRequest, idleMs: number): SessionView {
  const { now, session } = request;
  const states = [...request.states].sort(([one], [other]) => (one < other ? -1 : 1));
  const since = beginOfSession(request, idleMs);
  const isCurrent = (state: OfferState): boolean =>
    state.sessionId === session.id && lastActivityOf(state) >= since;
  // In another session, too, as long as that one may go on: the same visitor with two session ids is no reason to show
  // two invitations.
  const isAlive = (state: OfferState): boolean => isCurrent(state) || now - lastActivityOf(state) < idleMs;

  const ways = new Map<string, InTheWay>();
  const note = (mediaType: string, kind: InTheWay['kind'], actionMapId: string): void => {
    if (!ways.has(mediaType)) ways.set(mediaType, { kind, actionMapId });
  };
  for (const [actionMapId, state] of states) {
    if (!isAlive(state)) continue;
    if (isOpen(state)) note(state.mediaType, 'open', actionMapId);
    else if (state.early.length > 0) note(state.mediaType, 'waiting', actionMapId);
  }
  const reservations = request.reservations.filter((reservation) => isHeld(request, reservation));
  for (const { actionMapId, mediaType } of reservations.sort((one, other) =>
    one.actionMapId < other.actionMapId ? -1 : 1,
  )) {
    note(mediaType, 'reserved', actionMapId);
  }

  // Every map of a media type asks the same.
  const current = new Map<string, ReturnType<SessionView['offersOf']>>();
  const offersOf: SessionView['offersOf'] = (mediaType) => {
    const known = current.get(mediaType);
    if (known !== undefined) return known;
    const offers = states.filter(([, state]) => state.mediaType === mediaType && isCurrent(state));
    current.set(mediaType, offers);
    return offers;
  };
  return { isCurrent, isAlive, inTheWay: (mediaType) => ways.get(mediaType) ?? null, offersOf };
}

/** Whether the offer was shown and is not over. Nobody sees one that failed. */
export function isOpen(state: OfferState): boolean {
  return state.offeredAt !== null && state.locked === null && state.status !== 'errored';
}

/** Whether a reservation still counts: its lease runs, and the projection does not show what became of it. */
export function isHeld({ now, states }: OfferRequest, reservation: Reservation): boolean {
  if (reservation.until <= now) return false;
  const state = states.get(reservation.actionMapId);
  if (state === undefined || state.actionId !== reservation.actionId) return true;
  return state.locked === null && (state.offeredAt === null || state.offeredAt < reservation.takenAt);
}

/** When the present session began, as far as it is known: `now` at the latest. */
function beginOfSession({ now, session, states }: OfferRequest, idleMs: number): number {
  const times = session.lastActiveAt === null ? [] : [session.lastActiveAt];
  for (const state of states.values()) {
    if (state.sessionId !== session.id) continue;
    for (const step of state.visited) times.push(step.at);
    for (const { event } of state.early) times.push(event.occurredAt);
  }
  let since = now;
  for (const at of times.sort((one, other) => other - one)) {
    if (since - at >= idleMs) break;
    since = Math.min(since, at);
  }
  return since;
}

/** The last sign of life of the present action. */
function lastActivityOf(state: OfferState): number {
  let last = -Infinity;
  for (const step of state.visited) if (step.at > last) last = step.at;
  for (const { event } of state.early) if (event.occurredAt > last) last = event.occurredAt;
  return last;
}
