import { webchat, type ActionState, type WebActionEvent } from '@offerlock/lifecycle';
import { drawPath } from './journeys.ts';
import type { Random } from './random.ts';

/** One action of one customer, and how far it has come. */
export interface RunningAction {
  readonly tenantId: string;
  readonly customerId: string;
  readonly sessionId: string;
  readonly actionId: string;
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly path: readonly ActionState[];
  /** Index in `path` of the next step. */
  next: number;
  /** Steps of the present attempt that were sent, in order; informational and untracked ones are not among them. */
  attempt: ActionState[];
  /** Steps of all attempts that were sent. */
  readonly visited: Set<ActionState>;
  /** `occurredAt` of the latest step. Later steps, and later actions of the visitor, occur after it. */
  lastAt: number;
  /** Status of the action map for this customer, which may still be that of an earlier action. */
  status: ActionState | null;
  /** The action before this one on the same map, if it was left open. */
  readonly superseded: RunningAction | null;
}

/** Somebody on the site. Goes through some action maps, one after the other, and leaves. */
export interface Visitor {
  readonly mapsToCome: number[];
  action: RunningAction;
}

const mapsPerVisit = 3;

export function arrive(random: Random, tenantId: string, maps: number): Visitor {
  const customerId = random.uuid();
  const first = random.integer(maps);
  const count = Math.min(maps, 1 + random.integer(mapsPerVisit));
  const mapsToCome = Array.from({ length: count }, (_, index) => (first + index) % maps);
  const map = mapsToCome.pop() ?? first;
  return {
    mapsToCome,
    action: begin(random, { tenantId, customerId, sessionId: random.uuid(), lastAt: 0 }, map),
  };
}

/** What a visitor does after the last step of an action; null when there is nothing more. */
export function nextAction(random: Random, visitor: Visitor): RunningAction | null {
  const { action } = visitor;
  const left = !isLocked(action) && action.superseded === null;
  if (left && random.chance(0.3)) {
    // Back in another session, where the map is offered anew.
    return {
      ...begin(random, { ...action, sessionId: random.uuid() }, 0),
      actionMapId: action.actionMapId,
      actionMapVersion: action.actionMapVersion,
      status: action.status,
      superseded: action,
    };
  }
  const map = visitor.mapsToCome.pop();
  if (map === undefined) return null;
  return begin(random, action, map);
}

export function isLocked(action: RunningAction): boolean {
  return action.status !== null && webchat.isTerminal(action.status);
}

function begin(
  random: Random,
  {
    tenantId,
    customerId,
    sessionId,
    lastAt,
  }: Pick<RunningAction, 'tenantId' | 'customerId' | 'sessionId' | 'lastAt'>,
  map: number,
): RunningAction {
  return {
    tenantId,
    customerId,
    sessionId,
    actionId: random.uuid(),
    actionMapId: `map-${map + 1}`,
    actionMapVersion: 1 + (map % 3),
    path: drawPath(random),
    next: 0,
    attempt: [],
    visited: new Set(),
    lastAt,
    status: null,
    superseded: null,
  };
}

const errors = [
  { code: '00045', message: 'The chat widget could not be loaded.' },
  { code: '00101', message: 'The session could not be created: request timed out.' },
  { code: null, message: 'Script error.' },
] as const;

/** An event of the action, without side effects. Changes make it illegal. */
export function eventOf(
  random: Random,
  action: RunningAction,
  step: ActionState,
  occurredAt: number,
  receivedAt: number,
  changes?: Partial<WebActionEvent>,
): WebActionEvent {
  const error = step === 'errored' ? random.pick(errors) : null;
  const event: WebActionEvent = {
    eventId: random.uuid(),
    tenantId: action.tenantId,
    customerId: action.customerId,
    customerIdType: 'cookie',
    sessionId: action.sessionId,
    actionId: action.actionId,
    actionMapId: action.actionMapId,
    actionMapVersion: action.actionMapVersion,
    actionMediaType: webchat.mediaType,
    actionState: step,
    occurredAt,
    receivedAt,
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
  };
  return changes === undefined ? event : { ...event, ...changes };
}
