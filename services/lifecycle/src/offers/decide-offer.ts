import type { Invitation, OfferedMediaType } from './action-map.ts';
import { evaluate, hasQualified, type Evaluation } from './evaluate.ts';
import { waitsForLaterSession } from './going-on.ts';
import type { OfferRequest } from './offer-request.ts';
import type { OfferRules } from './offer-rules.ts';
import { offerReasons, type FrequencyCapBehaviour, type OfferGate, type OfferReason } from './reasons.ts';

/** An offer to show now. */
export interface Offer {
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly mediaType: OfferedMediaType;
  /** The action that goes on; null: the caller makes a new one, which qualifies with this offer. */
  readonly actionId: string | null;
  readonly actionTargetId: string | null;
  readonly invitation: Invitation;
}

/** A map that is not offered now, and why. */
export interface HeldBack {
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly mediaType: OfferedMediaType;
  readonly gate: OfferGate;
  readonly reason: OfferReason;
  /** The vendor's name for the reason; null where it has none. */
  readonly vendorReason: string | null;
  /** Whether the map has qualified and is held back; if not, it is out of play. */
  readonly qualified: boolean;
  /** The action that goes on; null while `qualified` is true: the map qualifies now, with a new action. */
  readonly actionId: string | null;
  readonly blockingActionMapId: string | null;
  readonly frequencyCap: FrequencyCapBehaviour | null;
}

export interface OfferDecision {
  /** At most one per media type. */
  readonly offers: readonly Offer[];
  /** Every other map. */
  readonly heldBack: readonly HeldBack[];
}

/**
 * Which offers may be shown now, and why the other maps may not. Total and pure: equal arguments give equal decisions,
 * in the order of the map ids. The gates are told in docs/offers.md.
 */
export function decideOffer(rules: OfferRules, request: OfferRequest): OfferDecision {
  return decisionOf(evaluate(rules, request));
}

export function decisionOf(evaluations: readonly Evaluation[]): OfferDecision {
  const offers: Offer[] = [];
  const heldBack: HeldBack[] = [];
  for (const evaluation of evaluations) {
    const { candidate, stop } = evaluation;
    const { map } = candidate.rule;
    const { mediaType, actionTargetId, invitation } = map.action;
    const named = { actionMapId: map.id, actionMapVersion: map.version, mediaType };
    if (stop === null) {
      offers.push({ ...named, actionId: actionIdFor(evaluation), actionTargetId, invitation });
      continue;
    }
    const { gate, vendorReason } = offerReasons[stop.reason];
    heldBack.push({
      ...named,
      gate,
      reason: stop.reason,
      vendorReason,
      qualified: hasQualified(evaluation),
      actionId: actionIdFor(evaluation),
      blockingActionMapId: stop.blockingActionMapId ?? null,
      frequencyCap: stop.frequencyCap ?? null,
    });
  }
  return { offers, heldBack };
}

/**
 * A map that waited for a later session is offered as a new action of that session: an action belongs to the session
 * it began in, and caps and the `session` scope must count this offer in the present one.
 */
function actionIdFor({ candidate: { goingOn, rule, state }, stop }: Evaluation): string | null {
  if (goingOn.kind === 'fresh' || state === null) return null;
  const begins = stop === null && goingOn.kind === 'qualified' && waitsForLaterSession(rule.map);
  return begins ? null : state.actionId;
}
