import { decisionOf, type OfferDecision } from './decide-offer.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import type { OfferRequest } from './offer-request.ts';
import type { OfferRules } from './offer-rules.ts';
import { offerGates, offerReasons, type OfferGate, type OfferReason } from './reasons.ts';

export type GateResult =
  | { readonly gate: OfferGate; readonly asks: string; readonly result: 'passed' | 'not-reached' }
  | {
      readonly gate: OfferGate;
      readonly asks: string;
      readonly result: 'stopped';
      readonly reason: OfferReason;
      /** In plain words. */
      readonly why: string;
    };

export interface MapExplanation {
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly displayName: string;
  readonly mediaType: string;
  readonly outcome: 'offered' | 'held-back';
  /** All gates, in their order. */
  readonly gates: readonly GateResult[];
}

export interface OfferExplanation {
  /** What `decideOffer` says to the same request. */
  readonly decision: OfferDecision;
  readonly maps: readonly MapExplanation[];
}

/** Why each map would or would not be offered, gate by gate. Made of the same evaluation as the decision. */
export function explainOffer(rules: OfferRules, request: OfferRequest): OfferExplanation {
  const evaluations = evaluate(rules, request);
  return { decision: decisionOf(evaluations), maps: evaluations.map(explain) };
}

function explain({ candidate: { rule }, stop }: Evaluation): MapExplanation {
  const { map } = rule;
  const stoppedAt = stop === null ? null : offerReasons[stop.reason].gate;
  const stopIndex = offerGates.findIndex(({ gate }) => gate === stoppedAt);
  return {
    actionMapId: map.id,
    actionMapVersion: map.version,
    displayName: map.displayName,
    mediaType: map.action.mediaType,
    outcome: stop === null ? 'offered' : 'held-back',
    gates: offerGates.map(({ gate, asks }, index) =>
      stop !== null && gate === stoppedAt
        ? { gate, asks, result: 'stopped', reason: stop.reason, why: stop.why() }
        : { gate, asks, result: stop === null || index < stopIndex ? 'passed' : 'not-reached' },
    ),
  };
}
