import { customerKeyOf } from '../check-event.ts';
import type { Candidate } from './candidate.ts';
import { gateChecks } from './gates.ts';
import { goingOnWith } from './going-on.ts';
import type { OfferRequest } from './offer-request.ts';
import type { OfferRules } from './offer-rules.ts';
import { offerGates, offerReasons, type OfferGate, type Stop } from './reasons.ts';
import { viewSession } from './session.ts';
import { shareOf } from './share.ts';

/** What the gates said of one map. `stop` is null for an offer. */
export interface Evaluation {
  readonly candidate: Candidate;
  readonly stop: Stop | null;
}

const order: readonly OfferGate[] = offerGates.map(({ gate }) => gate);
/** The gates that a map passes before it has qualified. */
const outOfPlay: ReadonlySet<OfferGate> = new Set(order.slice(0, order.indexOf('trigger') + 1));
const priorityIndex = order.indexOf('priority');
const checksBefore = checksOf(order.slice(0, priorityIndex));
const checksAfter = checksOf(order.slice(priorityIndex + 1));

/**
 * Asks every map the gates in their order: first each by itself, then the first of each media type the last ones. One
 * evaluation per map, in the order of the rules.
 */
export function evaluate(rules: OfferRules, request: OfferRequest): readonly Evaluation[] {
  const session = viewSession(request, rules.sessionIdleMs);
  const pageUrl = request.page.url.toLowerCase();
  const first = rules.maps.map((rule) => {
    const state = request.states.get(rule.map.id) ?? null;
    const goingOn = goingOnWith(rule, state, session);
    const candidate: Candidate = { rules, request, pageUrl, session, rule, state, goingOn };
    return { candidate, stop: firstStop(checksBefore, candidate) };
  });

  const winners = winnersOf(
    customerKeyOf(request),
    first.flatMap(({ candidate, stop }) => (stop === null ? [candidate] : [])),
  );
  return first.map(({ candidate, stop }) => {
    if (stop !== null) return { candidate, stop };
    const winner = winners.get(candidate.rule.map.action.mediaType) ?? candidate;
    return {
      candidate,
      stop: winner === candidate ? firstStop(checksAfter, candidate) : stopByPriority(candidate, winner),
    };
  });
}

/** Whether the map has qualified: only then is it `qualified` for the report, and held back rather than out of play. */
export function hasQualified({ stop }: Evaluation): boolean {
  return stop === null || !outOfPlay.has(offerReasons[stop.reason].gate);
}

function checksOf(gates: readonly OfferGate[]) {
  return gates.flatMap((gate) => (gate === 'priority' ? [] : [gateChecks[gate]]));
}

function firstStop(checks: ReturnType<typeof checksOf>, candidate: Candidate): Stop | null {
  for (const check of checks) {
    const stop = check(candidate);
    if (stop !== null) return stop;
  }
  return null;
}

/** The first of each media type: by weight, then by share, then by id. */
function winnersOf(customerKey: string, candidates: readonly Candidate[]): ReadonlyMap<string, Candidate> {
  const leaders = new Map<string, { candidate: Candidate; share: number }>();
  for (const candidate of candidates) {
    const { id, weight, action } = candidate.rule.map;
    const leader = leaders.get(action.mediaType);
    const lead = leader === undefined ? 1 : weight - leader.candidate.rule.map.weight;
    if (lead < 0) continue;
    const share = shareOf(customerKey, id);
    // Candidates come in the order of their ids, so equal shares leave the smaller id in its place.
    if (leader === undefined || lead > 0 || share > leader.share) {
      leaders.set(action.mediaType, { candidate, share });
    }
  }
  return new Map([...leaders].map(([mediaType, { candidate }]) => [mediaType, candidate]));
}

function stopByPriority({ rule: { map } }: Candidate, winner: Candidate): Stop {
  const { id, weight } = winner.rule.map;
  const by =
    weight > map.weight ? `its weight is ${weight}, not ${map.weight}` : 'of equal weight, by its share';
  return {
    reason: 'MultipleSimultaneousOffers',
    blockingActionMapId: id,
    why: () => `${id} goes first: ${by}.`,
  };
}
