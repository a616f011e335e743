import type { OfferGate, OfferReason } from '@offerlock/lifecycle';
import type { DecisionAnswer, ExplanationAnswer } from '@offerlock/standalone';
import { gateOrder, offerReasonSentences } from '../shared/offer-gates.ts';

export interface GateVerdict {
  readonly gate: OfferGate;
  readonly result: 'passed' | 'stopped' | 'not-reached';
  /** What the gate asks; null where the server did not say it. */
  readonly asks: string | null;
}

/** What became of one map in a decision. */
export interface MapVerdict {
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  /** Null where it is not known. */
  readonly displayName: string | null;
  readonly mediaType: string;
  /** All gates, in their order. */
  readonly gates: readonly GateVerdict[];
  /** What stopped it; null for an offer. */
  readonly stop: MapStop | null;
}

export interface MapStop {
  readonly gate: OfferGate;
  readonly reason: OfferReason;
  readonly vendorReason: string | null;
  /** A sentence for the reader. */
  readonly why: string;
  readonly blockingActionMapId: string | null;
  readonly frequencyCap: string | null;
}

/**
 * Every map of a decision or an explanation: offers first, then those that came furthest. A decision tells no names;
 * `names` has those that are known from elsewhere, by map id.
 */
export function verdictsOf(
  answer: DecisionAnswer | ExplanationAnswer,
  names: ReadonlyMap<string, string> = new Map(),
): readonly MapVerdict[] {
  const explained = new Map('maps' in answer ? answer.maps.map((map) => [map.actionMapId, map]) : []);
  const stops = new Map<string, MapStop>();
  for (const map of answer.heldBack) {
    const told = explained.get(map.actionMapId)?.gates.find(({ result }) => result === 'stopped');
    const why = told?.result === 'stopped' ? told.why : offerReasonSentences[map.reason];
    stops.set(map.actionMapId, { ...map, why });
  }
  return [...answer.offers, ...answer.heldBack]
    .map(({ actionMapId, actionMapVersion, mediaType }) => {
      const stop = stops.get(actionMapId) ?? null;
      const explanation = explained.get(actionMapId);
      return {
        actionMapId,
        actionMapVersion,
        mediaType,
        displayName: explanation?.displayName ?? names.get(actionMapId) ?? null,
        gates:
          explanation?.gates.map(({ gate, result, asks }) => ({ gate, result, asks })) ?? gatesUntil(stop),
        stop,
      };
    })
    .sort((one, other) => passed(other) - passed(one));
}

/** The decision in a sentence. `would`: nothing was promised. */
export function verdictSentence(answer: DecisionAnswer, would: boolean): string {
  const { offers, heldBack, status } = answer;
  if (status === 'unavailable')
    return 'Nothing is offered: what is known of the customer may not be complete.';
  const maps = offers.length + heldBack.length;
  if (maps === 0) return 'There are no action maps, so nothing is offered.';
  if (offers.length === 0) {
    const all = maps === 1 ? 'the only action map is' : `all ${maps} action maps are`;
    return `Nothing ${would ? 'would be' : 'is'} offered: ${all} stopped.`;
  }
  const be = offers.length === 1 ? 'is' : 'are';
  const of = `${offers.length} of ${maps} action ${maps === 1 ? 'map' : 'maps'}`;
  return `${of} ${would ? 'would be offered' : `${be} offered and promised`}.`;
}

/** How many gates the map has passed. */
function passed({ gates }: MapVerdict): number {
  return gates.filter(({ result }) => result === 'passed').length;
}

function gatesUntil(stop: MapStop | null): readonly GateVerdict[] {
  const at = stop === null ? gateOrder.length : gateOrder.indexOf(stop.gate);
  return gateOrder.map((gate, index) => ({
    gate,
    asks: null,
    result: index < at ? 'passed' : index === at ? 'stopped' : 'not-reached',
  }));
}
