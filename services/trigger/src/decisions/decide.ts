import {
  OfferlockError,
  type Lifecycles,
  type OfferRules,
  type OfferState,
  type TargetLoad,
} from '@offerlock/lifecycle';
import type { CustomerView, OfferDesk, PendingOffer } from '@offerlock/projection';
import type { BlockedOffer } from '@offerlock/schemas';
import type { Clock, Ids, RulesBook } from '../ports.ts';
import { customerFacts } from './customer-facts.ts';
import { createDeadlines } from './deadlines.ts';
import type { Decision, DecisionRequest } from './decision.ts';
import { blockedOffersOf, makeDecision, type MadeDecision } from './make-decision.ts';

/** What decisions know beside the customer. */
export interface DecisionSurroundings {
  /** Of the customer's partition, see `ProjectionProgress`; null while nobody tells. */
  foldedThroughMs(customer: string): number | null;
  /** How busy the agents are of each target that the rules name, by its id. */
  loads(tenantId: string, rules: OfferRules): ReadonlyMap<string, TargetLoad>;
}

/** What a decision makes known, beside its answer. */
export interface DecisionOutput {
  /** An action that has qualified with it; each is told once. */
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
  /** As the fold has them. */
  readonly lifecycles: Lifecycles;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'newActionId'>;
  readonly policy: DecidePolicy;
  /** ms of any beginning, for durations. Default: the process's. */
  readonly ticks?: () => number;
  /** Told of every answer: for metrics and logs. */
  readonly observe?: (event: DecisionEvent) => void;
}

export interface DecisionEvent {
  /** `repeated`: the answer to an earlier question of that id. */
  readonly status: Decision['status'] | 'repeated';
  readonly durationMs: number;
  /** How often the customer was read: more than once where somebody else decided at the same time. */
  readonly tries: number;
  /** null where it is repeated. */
  readonly decision: Decision | null;
  /** What went wrong, where something did. */
  readonly error: unknown;
}

/** The answer as the JSON text that is sent, so that a repeated question gets the very same. */
export type Decide = (request: DecisionRequest) => Promise<string>;

/** Somebody who is overtaken so often gives up. */
const triesMax = 20;

/**
 * Makes the function that answers "may this be offered now?". It never rejects and never offers on doubt: what cannot be
 * known in time is `unavailable`.
 *
 * Between reading the customer and promising an offer nothing may have changed, or the question is asked anew; so of any
 * number of deciders at most one promises a map.
 */
export function createDecide(parts: DecideParts): Decide {
  const { clock, policy, observe, ticks = () => performance.now() } = parts;
  const deadlines = createDeadlines({ clock, ticks, afterMs: policy.deadlineMs });
  return (request) =>
    new Promise((resolve) => {
      const attempt: Attempt = { tries: 0, isOver: false };
      const begunAt = ticks();
      const settle = ({ text, decision, error }: Settled): void => {
        if (attempt.isOver) return;
        attempt.isOver = true;
        endDeadline();
        observe?.({
          status: decision?.status ?? 'repeated',
          durationMs: ticks() - begunAt,
          tries: attempt.tries,
          decision,
          error,
        });
        resolve(text);
      };
      const endDeadline = deadlines.begin(() => {
        settle(unavailable(request, clock.now(), `no answer within ${policy.deadlineMs} ms`));
      });
      void answer(parts, request, attempt).then(settle);
    });
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
    while (attempt.tries < triesMax && !attempt.isOver) {
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
  const { desk, book, surroundings, clock, policy, lifecycles } = parts;
  const { tenantId, customerId } = request;
  const customer = `${tenantId}/${customerId}`;
  // Before the customer is read: a time that is too old is safe, one that is too new is not.
  const foldedThroughMs = surroundings.foldedThroughMs(customer);
  const view = await desk.read(customer, questionIdOf(request));
  const now = clock.now();
  if (view.answer !== null) {
    if (isStillPromised(view.answer, view, now)) {
      return { text: view.answer, decision: null, error: null };
    }
    return unavailable(request, now, 'what was answered to this question is over');
  }
  const doubt = doubtOf({ book, view, foldedThroughMs, now, projectionLagMaxMs: policy.projectionLagMaxMs });
  if (foldedThroughMs === null || doubt !== null) return unavailable(request, now, doubt ?? '');
  const rules = book.rulesOf(tenantId);
  const facts = customerFacts(view, { tenantId, customerId, now, foldedThroughMs, lifecycles });
  const made = makeDecision(rules ?? { ...noRules, lifecycles }, request, facts, {
    now,
    leaseMs: policy.leaseMs,
    newActionId: parts.ids.newActionId,
    targets: rules === null ? noTargets : surroundings.loads(tenantId, rules),
  });
  if (attempt.isOver) return unavailable(request, now, 'the answer came too late');
  return keep(parts, request, view, made);
}

/**
 * Whether everything that a kept answer promises is still promised to whoever asks again: neither released, nor
 * over, nor shown. The answer is kept from when it was written, and its promises run from when it was decided.
 */
function isStillPromised(text: string, { pending, offers }: CustomerView, now: number): boolean {
  const { offers: promised } = JSON.parse(text) as Decision;
  return promised.every(({ actionMapId, actionId, reservedUntil }) => {
    const held = pending.find((offer) => offer.actionMapId === actionMapId);
    if (held?.actionId !== actionId || held.reserved?.until !== reservedUntil) return false;
    if (reservedUntil <= now) return false;
    const projected = offers.find((offer) => offer.actionMapId === actionMapId);
    if (projected === undefined) return true;
    const state = JSON.parse(projected.offer.stateJson) as OfferState;
    return state.actionId !== actionId || state.offeredAt === null || state.status === 'errored';
  });
}

const noRules: Omit<OfferRules, 'lifecycles'> = { maps: [], frequencyCaps: {}, sessionIdleMs: 0 };
const noTargets: ReadonlyMap<string, TargetLoad> = new Map();

/** Clocks of projectors and triggers may differ by so much, in ms. */
const clocksApartMaxMs = 2_000;

/** Why nothing may be built on what is known; null where nothing is in doubt. */
export function doubtOf(known: {
  readonly book: RulesBook;
  readonly view: CustomerView;
  readonly foldedThroughMs: number | null;
  readonly now: number;
  readonly projectionLagMaxMs: number;
}): string | null {
  const { book, view, foldedThroughMs, now, projectionLagMaxMs } = known;
  if (!book.caughtUp) return 'the action maps are still being read';
  if (!view.ready) return 'the projection is not complete';
  if (foldedThroughMs === null) return 'nobody tells how far the projection is';
  const lagMs = now - foldedThroughMs;
  // A time that lies ahead would end promises too early, and cannot be taken back.
  if (lagMs < -clocksApartMaxMs) return `the clock of a projector is ${-lagMs} ms ahead of ours`;
  return lagMs > projectionLagMaxMs ? `the projection is ${lagMs} ms behind the log` : null;
}

/** The same id in another session is another question: no page gets what was promised to one before it. */
function questionIdOf({ requestId, sessionId }: DecisionRequest): string | null {
  return requestId === null ? null : `${sessionId}/${requestId}`;
}

/** Keeps what was decided, then tells it. */
async function keep(
  { desk, output, policy }: DecideParts,
  request: DecisionRequest,
  view: CustomerView,
  { decision, put, qualified, remove }: MadeDecision,
): Promise<Settled | 'changed'> {
  const { tenantId, customerId } = request;
  const text = JSON.stringify(decision);
  const requestId = questionIdOf(request);
  if (put.length > 0 || remove.length > 0 || requestId !== null) {
    const kept = requestId === null ? null : { requestId, text, ttlMs: policy.leaseMs };
    const written = await desk.write(`${tenantId}/${customerId}`, view, { put, remove, answer: kept });
    if (written === 'changed') return 'changed';
  }
  // Told even if the answer came too late: it is kept, and the next decision goes on with it.
  for (const offer of qualified) output.qualified(offer, { tenantId, customerId });
  for (const offer of blockedOffersOf(request, decision)) output.blocked(offer);
  return { text, decision, error: null };
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
