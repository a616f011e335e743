import { decideOffer, OfferlockError, type OfferRules, type TargetLoad } from '@offerlock/lifecycle';
import type { CustomerView, OfferDesk, PendingOffer } from '@offerlock/projection';
import type { BlockedOffer } from '@offerlock/schemas';
import type { Clock, Ids, RulesBook } from '../ports.ts';
import { customerFacts, type CustomerFacts, type FactsContext } from './customer-facts.ts';
import type { Decision, DecisionRequest, HeldBackOffer, PromisedOffer } from './decision.ts';

/** What decisions know beside the customer. */
export interface DecisionSurroundings {
  /** Of the customer's partition, see `ProjectionProgress`; null while nobody tells. */
  foldedThroughMs(customer: string): number | null;
  /** How busy the agents are of each target that the rules name, by its id. */
  loads(tenantId: string, rules: OfferRules): ReadonlyMap<string, TargetLoad>;
}

/** What a decision makes known, beside its answer. */
export interface DecisionOutput {
  /** Actions that have qualified with it, each once. */
  qualified(offer: PendingOffer, customer: { readonly tenantId: string; readonly customerId: string }): void;
  blocked(offer: BlockedOffer): void;
}

export interface DecidePolicy {
  /** How long an offer is promised, in ms. */
  readonly leaseMs: number;
  /** A projection that is further behind is not built on, in ms. */
  readonly projectionLagMaxMs: number;
  /** An answer is given after this time, whatever happens, in ms. */
  readonly deadlineMs: number;
}

export interface DecideParts {
  readonly desk: OfferDesk;
  readonly book: RulesBook;
  readonly surroundings: DecisionSurroundings;
  readonly output: DecisionOutput;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'newActionId'>;
  readonly policy: DecidePolicy;
  /** Told of every question: for metrics and logs. */
  readonly observe?: (event: DecisionEvent) => void;
}

export interface DecisionEvent {
  readonly status: Decision['status'] | 'repeated';
  /** How often the customer was read: more than once where somebody else decided at the same time. */
  readonly tries: number;
  readonly decision: Decision | null;
  readonly error: unknown;
}

/** The answer as the JSON text that is sent, so that a repeated question gets the very same. */
export type Decide = (request: DecisionRequest) => Promise<string>;

/** Against each other, this many deciders of one customer may win before one gives up. */
const triesMax = 10;

/**
 * Makes the function that answers "may this be offered now?". It never rejects and never offers on doubt: what cannot be
 * known in time is `unavailable`.
 *
 * Between reading the customer and promising an offer nothing may have changed, or the question is asked anew; so of any
 * number of deciders at most one promises a map.
 */
export function createDecide(parts: DecideParts): Decide {
  const { clock, policy } = parts;
  return async (request) => {
    const attempt: Attempt = { tries: 0, isOver: false };
    const timer = new AbortController();
    const tooLate = clock.sleep(policy.deadlineMs, timer.signal).then(() => {
      attempt.isOver = true;
      return unavailable(request, clock.now(), `no answer within ${policy.deadlineMs} ms`);
    });
    const settled = await Promise.race([answer(parts, request, attempt), tooLate]);
    timer.abort();
    parts.observe?.({
      status: settled.decision?.status ?? 'repeated',
      tries: attempt.tries,
      decision: settled.decision,
      error: settled.error,
    });
    return settled.text;
  };
}

interface Attempt {
  tries: number;
  /** The answer is given: nothing may be promised any more. */
  isOver: boolean;
}

interface Settled {
  readonly text: string;
  /** null: the answer to an earlier question. */
  readonly decision: Decision | null;
  readonly error: unknown;
}

async function answer(parts: DecideParts, request: DecisionRequest, attempt: Attempt): Promise<Settled> {
  try {
    while (attempt.tries < triesMax) {
      attempt.tries += 1;
      const settled = await answerOnce(parts, request, attempt);
      if (settled !== 'changed') return settled;
    }
    return unavailable(request, parts.clock.now(), 'too many questions about this customer at the same time');
  } catch (error) {
    const detail = error instanceof OfferlockError ? error.message : 'something went wrong here';
    return { ...unavailable(request, parts.clock.now(), detail), error };
  }
}

async function answerOnce(
  parts: DecideParts,
  request: DecisionRequest,
  attempt: Attempt,
): Promise<Settled | 'changed'> {
  const { desk, book, surroundings, clock, policy } = parts;
  const { tenantId, customerId } = request;
  const customer = `${tenantId}/${customerId}`;
  if (!book.caughtUp) return unavailable(request, clock.now(), 'the action maps are still being read');
  // Before the customer is read: a time that is too old is safe, one that is too new is not.
  const foldedThroughMs = surroundings.foldedThroughMs(customer);
  const view = await desk.read(customer, request.requestId);
  if (view.answer !== null) return { text: view.answer, decision: null, error: null };

  const now = clock.now();
  if (!view.ready) return unavailable(request, now, 'the projection is not complete');
  if (foldedThroughMs === null || now - foldedThroughMs > policy.projectionLagMaxMs) {
    return unavailable(request, now, 'the projection is behind the log');
  }
  const rules = book.rulesOf(tenantId);
  if (rules === null) return settle(parts, request, view, noMaps(request, now));

  const context: FactsContext = { tenantId, customerId, now, foldedThroughMs, lifecycles: rules.lifecycles };
  const facts = customerFacts(view, context);
  const decided = decideWith(parts, request, rules, facts, now);
  if (attempt.isOver) return unavailable(request, now, 'the answer came too late');
  return settle(parts, request, view, {
    ...decided,
    remove: facts.over.filter((id) => !decided.changed.has(id)),
  });
}

/** A decision with what has to be kept and told for it. */
interface Decided {
  readonly decision: Decision;
  /** Pending offers that are new or changed. */
  readonly put: readonly PendingOffer[];
  /** Those of `put` whose action has qualified now. */
  readonly qualified: readonly PendingOffer[];
  readonly changed: ReadonlySet<string>;
}

function noMaps(request: DecisionRequest, now: number): Decided & { readonly remove: readonly string[] } {
  const decision = decisionOf(request, now, [], []);
  return { decision, put: [], qualified: [], changed: new Set(), remove: [] };
}

/** Keeps what was decided, then tells it. */
async function settle(
  { desk, output, policy }: DecideParts,
  request: DecisionRequest,
  view: CustomerView,
  decided: Decided & { readonly remove: readonly string[] },
): Promise<Settled | 'changed'> {
  const { tenantId, customerId, requestId } = request;
  const { decision, put, qualified, remove } = decided;
  const text = JSON.stringify(decision);
  if (put.length > 0 || remove.length > 0 || requestId !== null) {
    const answerKept = requestId === null ? null : { requestId, text, ttlMs: policy.leaseMs };
    const written = await desk.write(`${tenantId}/${customerId}`, view, { put, remove, answer: answerKept });
    if (written === 'changed') return 'changed';
  }
  for (const offer of qualified) output.qualified(offer, { tenantId, customerId });
  for (const offer of decision.heldBack) {
    if (offer.actionId !== null)
      output.blocked(blockedOffer(request, offer, offer.actionId, decision.decidedAt));
  }
  return { text, decision, error: null };
}

function decideWith(
  parts: DecideParts,
  request: DecisionRequest,
  rules: OfferRules,
  facts: CustomerFacts,
  now: number,
): Decided {
  const { tenantId, customerId, sessionId, page, segments, events } = request;
  const { offers, heldBack } = decideOffer(rules, {
    ready: true,
    now,
    tenantId,
    customerId,
    session: { id: sessionId, lastActiveAt: request.lastActiveAt },
    page,
    segments,
    events,
    states: facts.states,
    reservations: facts.reservations,
    targets: parts.surroundings.loads(tenantId, rules),
  });

  const put: PendingOffer[] = [];
  const qualified: PendingOffer[] = [];
  const begin = (
    map: Pick<PendingOffer, 'actionMapId' | 'actionMapVersion' | 'mediaType'>,
    reserved: PendingOffer['reserved'],
  ): PendingOffer => {
    const { actionMapId, actionMapVersion, mediaType } = map;
    const actionId = parts.ids.newActionId();
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
    return offer;
  };

  const reserved = { takenAt: now, until: now + parts.policy.leaseMs };
  const promised = offers.map((offer): PromisedOffer => {
    const { actionMapId, actionMapVersion, mediaType, actionTargetId, invitation } = offer;
    let { actionId } = offer;
    if (actionId === null) ({ actionId } = begin(offer, reserved));
    else put.push(reservationFor(facts, { ...offer, actionId }, sessionId, reserved));
    const reservedUntil = reserved.until;
    return { actionId, actionMapId, actionMapVersion, mediaType, actionTargetId, invitation, reservedUntil };
  });
  const held = heldBack.map((offer): HeldBackOffer => {
    const { actionMapId, actionMapVersion, mediaType, gate, reason, vendorReason } = offer;
    const { blockingActionMapId, frequencyCap } = offer;
    const isNew = offer.qualified && offer.actionId === null;
    const actionId = isNew ? begin(offer, null).actionId : offer.qualified ? offer.actionId : null;
    const why = { gate, reason, vendorReason, blockingActionMapId, frequencyCap };
    return { actionMapId, actionMapVersion, mediaType, actionId, ...why };
  });
  return {
    decision: decisionOf(request, now, promised, held),
    put,
    qualified,
    changed: new Set(put.map(({ actionMapId }) => actionMapId)),
  };
}

/** The promise of an action that goes on. Its qualification stays known until it is projected. */
function reservationFor(
  facts: CustomerFacts,
  offer: { actionMapId: string; actionMapVersion: number; mediaType: string; actionId: string },
  sessionId: string,
  reserved: NonNullable<PendingOffer['reserved']>,
): PendingOffer {
  const { actionMapId, actionMapVersion, mediaType, actionId } = offer;
  const before = facts.pending.get(actionMapId);
  const isSame = before?.actionId === actionId;
  const qualifiedAt = isSame ? before.qualifiedAt : null;
  return {
    actionMapId,
    actionMapVersion,
    mediaType,
    actionId,
    sessionId: isSame ? before.sessionId : sessionId,
    qualifiedAt,
    reserved,
  };
}

function decisionOf(
  { requestId }: DecisionRequest,
  decidedAt: number,
  offers: readonly PromisedOffer[],
  heldBack: readonly HeldBackOffer[],
): Decision {
  return { status: 'decided', requestId, decidedAt, offers, heldBack, detail: null };
}

function unavailable({ requestId }: DecisionRequest, decidedAt: number, detail: string): Settled {
  const decision: Decision = {
    status: 'unavailable',
    requestId,
    decidedAt,
    offers: [],
    heldBack: [],
    detail,
  };
  return { text: JSON.stringify(decision), decision, error: null };
}

function blockedOffer(
  { tenantId, customerId, sessionId }: DecisionRequest,
  offer: HeldBackOffer,
  actionId: string,
  occurredAt: number,
): BlockedOffer {
  return {
    tenantId,
    customerId,
    sessionId,
    actionId,
    actionMapId: offer.actionMapId,
    actionMapVersion: offer.actionMapVersion,
    actionMediaType: offer.mediaType,
    reason: offer.reason,
    blockingActionMapId: offer.blockingActionMapId,
    occurredAt,
  };
}
