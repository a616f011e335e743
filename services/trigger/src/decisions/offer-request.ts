import type { OfferRequest, OfferRules } from '@offerlock/lifecycle';
import type { DecisionSurroundings } from './decide.ts';
import type { CustomerFacts } from './customer-facts.ts';
import type { DecisionRequest } from './decision.ts';

/** The question as the rules are asked it. */
export function offerRequestOf(
  request: DecisionRequest,
  facts: CustomerFacts,
  at: { readonly now: number; readonly ready: boolean },
  surroundings: DecisionSurroundings,
  rules: OfferRules,
): OfferRequest {
  const { tenantId, customerId, page, segments, events } = request;
  return {
    ready: at.ready,
    now: at.now,
    tenantId,
    customerId,
    session: { id: request.sessionId, lastActiveAt: request.lastActiveAt },
    page,
    segments,
    events,
    states: facts.states,
    reservations: facts.reservations,
    targets: surroundings.loads(tenantId, rules),
  };
}
