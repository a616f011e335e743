import type { Invitation, OfferedMediaType } from './action-map.ts';
import { evaluate, hasQualified, type Evaluation } from './evaluate.ts';
import { waitsForLaterSession } from './going-on.ts';
import type { OfferRequest } from './offer-request.ts';
import type { OfferRules } from './offer-rules.ts';
import {
  offerReasons,
  type FrequencyCapBehaviour,
  type OfferGate,
  type OfferReason,
  type Stop,
} from './reasons.ts';

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
    const { stop } = evaluation;
    if (stop === null) offers.push(offerOf(evaluation));
    else heldBack.push(heldBackBy(stop, evaluation));
  }
  return { offers, heldBack };
}

// Fields are written out: spreading took ten times as long as all the gates.
function offerOf(evaluation: Evaluation): Offer {
  const { id, version, action } = evaluation.candidate.rule.map;
  return {
    actionMapId: id,
    actionMapVersion: version,
    mediaType: action.mediaType,
    actionId: actionIdFor(evaluation),
    actionTargetId: action.actionTargetId,
    invitation: action.invitation,
  };
}

function heldBackBy(stop: Stop, evaluation: Evaluation): HeldBack {
  const { id, version, action } = evaluation.candidate.rule.map;
  const { gate, vendorReason } = offerReasons[stop.reason];
  return {
    actionMapId: id,
    actionMapVersion: version,
    mediaType: action.mediaType,
    gate,
    reason: stop.reason,
    vendorReason,
    qualified: hasQualified(evaluation),
    actionId: actionIdFor(evaluation),
    blockingActionMapId: stop.blockingActionMapId ?? null,
    frequencyCap: stop.frequencyCap ?? null,
  };
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
