import {
  fold,
  type Lifecycles,
  type OfferState,
  type Reservation,
  type WebActionEvent,
} from '@offerlock/lifecycle';
import type { CustomerView, PendingOffer } from '@offerlock/projection';

/** What is known of a customer: the projection, and what decisions have added that it does not show yet. */
export interface CustomerFacts {
  /** By action map id, as they are once the projection shows every qualification that a decision has made. */
  readonly states: ReadonlyMap<string, OfferState>;
  /** Promises that are held. */
  readonly reservations: readonly Reservation[];
  /** By action map id. */
  readonly pending: ReadonlyMap<string, PendingOffer>;
  /** Action maps whose pending offer says nothing any more. */
  readonly over: readonly string[];
}

export interface FactsContext {
  readonly tenantId: string;
  readonly customerId: string;
  readonly now: number;
  /** Of the customer's partition, see `ProjectionProgress`. */
  readonly foldedThroughMs: number;
  readonly lifecycles: Lifecycles;
}

/**
 * An offer may be shown until the very end of its promise. So long its report may take to reach the log, clocks of
 * triggers and projectors that differ included, before the end of the promise counts. ms.
 */
export const reportingGraceMs = 5_000;

/**
 * Lays the pending offers over the projection.
 *
 * A promise runs on the projection's clock: it is held until its action's offer is projected, or until everything that
 * the log took before its end is folded. By the wall clock it would end while an event of the offer may still
 * wait in the log, and the map would be offered twice.
 */
export function customerFacts(view: CustomerView, context: FactsContext): CustomerFacts {
  const states = new Map<string, OfferState>();
  for (const { actionMapId, offer } of view.offers) {
    states.set(actionMapId, JSON.parse(offer.stateJson) as OfferState);
  }
  const reservations: Reservation[] = [];
  const pending = new Map<string, PendingOffer>();
  const over: string[] = [];
  for (const offer of view.pending) {
    pending.set(offer.actionMapId, offer);
    const projected = states.get(offer.actionMapId) ?? null;
    const qualified =
      projected === null || !knows(projected, offer.actionId) ? qualify(offer, projected, context) : null;
    if (qualified !== null) states.set(offer.actionMapId, qualified);
    const reservation = reservationOf(offer, projected, context);
    if (reservation !== null) reservations.push(reservation);
    if (qualified === null && reservation === null) over.push(offer.actionMapId);
  }
  return { states, reservations, pending, over };
}

/** The event of an action that a decision has let qualify. */
export function qualifiedEvent(
  offer: PendingOffer,
  { tenantId, customerId }: Pick<FactsContext, 'tenantId' | 'customerId'>,
  eventId: string,
): WebActionEvent {
  const at = offer.qualifiedAt ?? 0;
  return {
    eventId,
    tenantId,
    customerId,
    customerIdType: 'cookie',
    sessionId: offer.sessionId,
    actionId: offer.actionId,
    actionMapId: offer.actionMapId,
    actionMapVersion: offer.actionMapVersion,
    actionMediaType: offer.mediaType,
    actionState: 'qualified',
    occurredAt: at,
    receivedAt: at,
    errorCode: null,
    errorMessage: null,
  };
}

function knows(state: OfferState, actionId: string): boolean {
  return state.actionId === actionId || state.closed.some((closed) => closed.actionId === actionId);
}

/** The state once the qualification is projected; null if it is projected, or the fold would refuse it. */
function qualify(
  offer: PendingOffer,
  projected: OfferState | null,
  context: FactsContext,
): OfferState | null {
  if (offer.qualifiedAt === null) return null;
  const event = qualifiedEvent(offer, context, offer.actionId);
  const folded = fold(
    { lifecycles: context.lifecycles, extendedMetrics: false, earlyGraceMs: 1 },
    projected,
    // The offset only names early events, and this one is none. With no grace at all, those that wait would go.
    { event, offset: 0n },
  );
  return folded.outcome === 'applied' ? folded.state : null;
}

function reservationOf(
  { actionMapId, mediaType, actionId, reserved }: PendingOffer,
  projected: OfferState | null,
  { now, foldedThroughMs }: FactsContext,
): Reservation | null {
  if (reserved === null || reserved.until + reportingGraceMs <= foldedThroughMs) return null;
  // Another action has taken its place, so the projection tells what is open.
  if (projected?.closed.some((closed) => closed.actionId === actionId) === true) return null;
  return {
    actionMapId,
    mediaType,
    actionId,
    takenAt: reserved.takenAt,
    until: Math.max(reserved.until, now + 1),
  };
}
