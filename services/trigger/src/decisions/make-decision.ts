import { decideOffer, type OfferRequest, type OfferRules, type TargetLoad } from '@offerlock/lifecycle';
import type { PendingOffer } from '@offerlock/projection';
import type { BlockedOffer } from '@offerlock/schemas';
import type { CustomerFacts } from './customer-facts.ts';
import type { Decision, DecisionRequest, HeldBackOffer, PromisedOffer } from './decision.ts';

/** A decision with what has to be kept for it. */
export interface MadeDecision {
  readonly decision: Decision;
  /** Pending offers that are new or changed. */
  readonly put: readonly PendingOffer[];
  /** Those of `put` whose action has qualified now. */
  readonly qualified: readonly PendingOffer[];
  /** Action maps whose pending offer is over. */
  readonly remove: readonly string[];
}

export interface DecisionContext {
  readonly now: number;
  readonly leaseMs: number;
  readonly newActionId: () => string;
  readonly targets: ReadonlyMap<string, TargetLoad>;
}

/** Decides by the rules, and gives what qualifies now its action. */
export function makeDecision(
  rules: OfferRules,
  request: DecisionRequest,
  facts: CustomerFacts,
  { now, leaseMs, newActionId, targets }: DecisionContext,
): MadeDecision {
  const { sessionId } = request;
  const { offers, heldBack } = decideOffer(
    rules,
    offerRequestOf(request, facts, { now, targets, ready: true }),
  );
  const put: PendingOffer[] = [];
  const qualified: PendingOffer[] = [];
  const begin = (
    {
      actionMapId,
      actionMapVersion,
      mediaType,
    }: Pick<PendingOffer, 'actionMapId' | 'actionMapVersion' | 'mediaType'>,
    reserved: PendingOffer['reserved'],
  ): string => {
    const actionId = newActionId();
    const offer = {
      actionMapId,
      actionMapVersion,
      mediaType,
      actionId,
      sessionId,
      qualifiedAt: now,
      reserved,
    };
    put.push(offer);
    qualified.push(offer);
    return actionId;
  };

  const reserved = { takenAt: now, until: now + leaseMs };
  const promised = offers.map((offer): PromisedOffer => {
    const { actionMapId, actionMapVersion, mediaType, actionTargetId, invitation } = offer;
    if (offer.actionId !== null)
      put.push(promiseOf(facts, { ...offer, actionId: offer.actionId }, sessionId, reserved));
    const actionId = offer.actionId ?? begin(offer, reserved);
    const reservedUntil = reserved.until;
    return { actionId, actionMapId, actionMapVersion, mediaType, actionTargetId, invitation, reservedUntil };
  });
  const held = heldBack.map((offer): HeldBackOffer => {
    const { actionMapId, actionMapVersion, mediaType, gate, reason, vendorReason } = offer;
    const { blockingActionMapId, frequencyCap } = offer;
    const actionId = offer.qualified
      ? (offer.actionId ?? qualifiedElsewhere(rules, facts, offer, now) ?? begin(offer, null))
      : null;
    return {
      actionMapId,
      actionMapVersion,
      mediaType,
      actionId,
      gate,
      reason,
      vendorReason,
      blockingActionMapId,
      frequencyCap,
    };
  });
  const changed = new Set(put.map(({ actionMapId }) => actionMapId));
  const { requestId } = request;
  return {
    decision: {
      status: 'decided',
      requestId,
      decidedAt: now,
      offers: promised,
      heldBack: held,
      detail: null,
    },
    put,
    qualified,
    remove: facts.over.filter((actionMapId) => !changed.has(actionMapId)),
  };
}

/**
 * The action that has qualified in another session of the customer, where that session may still go on: two tabs with
 * sessions of their own, which ask in turn, would otherwise begin a new action each time. null where there is none.
 */
function qualifiedElsewhere(
  { sessionIdleMs }: OfferRules,
  { states }: CustomerFacts,
  { actionMapId, mediaType }: Pick<PendingOffer, 'actionMapId' | 'mediaType'>,
  now: number,
): string | null {
  const state = states.get(actionMapId);
  if (state?.status !== 'qualified' || state.mediaType !== mediaType) return null;
  return now - state.enteredAt < sessionIdleMs ? state.actionId : null;
}

/** The question as the gates are asked it. */
export function offerRequestOf(
  request: DecisionRequest,
  { states, reservations }: Pick<CustomerFacts, 'states' | 'reservations'>,
  { now, ready, targets }: Pick<OfferRequest, 'now' | 'ready' | 'targets'>,
): OfferRequest {
  const { tenantId, customerId, sessionId, lastActiveAt, page, segments, events } = request;
  const session = { id: sessionId, lastActiveAt };
  return { ready, now, tenantId, customerId, session, page, segments, events, states, reservations, targets };
}

/** The promise of an action that goes on. Its qualification stays known until it is projected. */
function promiseOf(
  facts: CustomerFacts,
  offer: Pick<PendingOffer, 'actionMapId' | 'actionMapVersion' | 'mediaType' | 'actionId'>,
  sessionId: string,
  reserved: NonNullable<PendingOffer['reserved']>,
): PendingOffer {
  const { actionMapId, actionMapVersion, mediaType, actionId } = offer;
  const before = facts.pending.get(actionMapId);
  const same = before?.actionId === actionId ? before : null;
  return {
    actionMapId,
    actionMapVersion,
    mediaType,
    actionId,
    sessionId: same?.sessionId ?? sessionId,
    qualifiedAt: same?.qualifiedAt ?? null,
    reserved,
  };
}

/** What the decision says of maps that have qualified and are held back, for the report. */
export function blockedOffersOf(
  { tenantId, customerId, sessionId }: DecisionRequest,
  { heldBack, decidedAt }: Decision,
): readonly BlockedOffer[] {
  return heldBack.flatMap(
    ({ actionId, actionMapId, actionMapVersion, mediaType, reason, blockingActionMapId }) =>
      actionId === null
        ? []
        : [
            {
              tenantId,
              customerId,
              sessionId,
              actionId,
              actionMapId,
              actionMapVersion,
              actionMediaType: mediaType,
              reason,
              blockingActionMapId,
              occurredAt: decidedAt,
            },
          ],
  );
}
