import { explainOffer, type MapExplanation, type TargetLoad } from '@offerlock/lifecycle';
import type { PendingOffer } from '@offerlock/projection';
import { customerFacts } from './customer-facts.ts';
import { doubtOf, type DecideParts } from './decide.ts';
import type { Decision, DecisionRequest, HeldBackOffer, PromisedOffer } from './decision.ts';
import { offerRequestOf } from './make-decision.ts';

/** What `POST /v1/decisions/explain` answers: what would be decided now, and why. Nothing begins and nothing is promised. */
export interface Explanation extends Omit<Decision, 'offers'> {
  readonly offers: readonly ExplainedOffer[];
  readonly maps: readonly MapExplanation[];
  readonly facts: ExplanationFacts;
}

export type ExplainedOffer = Omit<PromisedOffer, 'actionId' | 'reservedUntil'> & {
  /** The action that goes on; null where one would begin. */
  readonly actionId: string | null;
  readonly reservedUntil: null;
};

/** What the explanation builds on. */
export interface ExplanationFacts {
  readonly projectionReady: boolean;
  /** Every event that the log had taken before then is folded; null while nobody tells. */
  readonly foldedThroughMs: number | null;
  readonly lagMs: number | null;
  /** What decisions have said of this customer and the projection may not show yet. */
  readonly pending: readonly PendingOffer[];
  /** By action target. */
  readonly targets: Readonly<Record<string, TargetLoad>>;
}

export type Explain = (request: DecisionRequest) => Promise<Explanation>;

/** Error: `PROJECTION_UNAVAILABLE`, and `PROJECTION_CORRUPT`. */
export function createExplain(
  parts: Pick<DecideParts, 'desk' | 'book' | 'surroundings' | 'lifecycles' | 'clock' | 'policy'>,
): Explain {
  const { desk, book, surroundings, lifecycles, clock, policy } = parts;
  return async (request) => {
    const { tenantId, customerId } = request;
    const customer = `${tenantId}/${customerId}`;
    const foldedThroughMs = surroundings.foldedThroughMs(customer);
    const view = await desk.read(customer, null);
    const now = clock.now();
    const detail = doubtOf({
      book,
      view,
      foldedThroughMs,
      now,
      projectionLagMaxMs: policy.projectionLagMaxMs,
    });
    const rules = book.rulesOf(tenantId);
    const known = { tenantId, customerId, now, foldedThroughMs: foldedThroughMs ?? 0, lifecycles };
    const facts = customerFacts(view, known);
    const targets = rules === null ? new Map<string, TargetLoad>() : surroundings.loads(tenantId, rules);
    const ready = detail === null;
    const explained =
      rules === null ? null : explainOffer(rules, offerRequestOf(request, facts, { now, ready, targets }));
    return {
      status: ready ? 'decided' : 'unavailable',
      requestId: request.requestId,
      decidedAt: now,
      offers: (explained?.decision.offers ?? []).map((offer) => ({ ...offer, reservedUntil: null })),
      heldBack: (explained?.decision.heldBack ?? []).map(
        ({ qualified, actionId, ...offer }): HeldBackOffer => ({
          ...offer,
          actionId: qualified ? actionId : null,
        }),
      ),
      detail,
      maps: explained?.maps ?? [],
      facts: {
        projectionReady: view.ready,
        foldedThroughMs,
        lagMs: foldedThroughMs === null ? null : Math.max(0, now - foldedThroughMs),
        pending: view.pending,
        targets: Object.fromEntries(targets),
      },
    };
  };
}
