import {
  actionStates,
  customerKeyOf,
  errorMessageMax,
  webchat,
  type ActionState,
  type RefusalReason,
  type WebActionEvent,
} from '@offerlock/lifecycle';
import type { Random } from './random.ts';
import { eventOf, isLocked, type RunningAction } from './visitor.ts';

/** What is known of the site at the moment an illegal event is made. */
export interface Site {
  readonly random: Random;
  readonly receivedAt: number;
  /** An action of somebody who is on the site; it may not have begun. */
  present(): RunningAction;
  /** An action that locked its map some time ago; undefined while there is none. */
  locked(): RunningAction | undefined;
}

export interface IllegalEvent {
  readonly reason: RefusalReason;
  readonly key: string | null;
  readonly event: WebActionEvent;
}

/** Makes an event that must be refused, of a kind drawn at random among those that the moment allows. */
export function illegalEvent(site: Site): IllegalEvent {
  const first = site.random.integer(makers.length);
  for (let index = 0; index < makers.length; index += 1) {
    const made = makers[(first + index) % makers.length]?.(site);
    if (made !== undefined) return made;
  }
  throw new Error('an unknown state can be sent at any time');
}

type Maker = (site: Site) => IllegalEvent | undefined;

const makers: readonly Maker[] = [
  illegalTransition,
  illegalTransition,
  lockedOffer,
  lockedOffer,
  lockedStep,
  staleAction,
  otherMediaType,
  (site) =>
    refusedFor('UNKNOWN_STATE', site, { actionState: site.random.pick(['clicked', 'missed', 'Offered']) }),
  (site) =>
    refusedFor('UNKNOWN_MEDIA_TYPE', site, { actionMediaType: site.random.pick(['webcall', 'WebChat']) }),
  invalidField,
  wrongKey,
];

/** A step that cannot follow and cannot come to fit, on a map that is still open. */
function illegalTransition(site: Site): IllegalEvent | undefined {
  const action = findPresent(site, (present) => unreachableSteps(present).length > 0);
  if (action === undefined) return undefined;
  return refusal('ILLEGAL_TRANSITION', site, action, site.random.pick(unreachableSteps(action)));
}

/** A further offer of a locked map, by another action. */
function lockedOffer(site: Site): IllegalEvent | undefined {
  const action = site.locked();
  if (action === undefined) return undefined;
  return refusal('TERMINAL_LOCKED', site, action, site.random.pick(webchat.initial), {
    actionId: site.random.uuid(),
    sessionId: site.random.chance(0.5) ? action.sessionId : site.random.uuid(),
  });
}

/** A further step of the action that locked its map. */
function lockedStep(site: Site): IllegalEvent | undefined {
  const action = site.locked();
  if (action === undefined) return undefined;
  const steps = webchat.states.filter((state) => !action.visited.has(state));
  return refusal('TERMINAL_LOCKED', site, action, site.random.pick(steps));
}

/** A step of an action that another one has superseded. */
function staleAction(site: Site): IllegalEvent | undefined {
  const action = findPresent(site, ({ superseded }) => superseded !== null && superseded.visited.size > 0);
  const superseded = action?.superseded;
  if (action === undefined || superseded === null || superseded === undefined) return undefined;
  const steps = webchat.states.filter((state) => !superseded.visited.has(state));
  return refusal('STALE_ACTION', site, { ...superseded, lastAt: action.lastAt }, site.random.pick(steps));
}

function otherMediaType(site: Site): IllegalEvent | undefined {
  const action = findPresent(site, () => true);
  if (action === undefined) return undefined;
  return refusal('MEDIA_TYPE_MISMATCH', site, action, 'accepted', { actionMediaType: 'contentOffer' });
}

const year2090Ms = Date.UTC(2090, 0, 1);

function invalidField(site: Site): IllegalEvent {
  const { random } = site;
  return refusedFor(
    'INVALID_FIELD',
    site,
    random.pick<Partial<WebActionEvent>>([
      { sessionId: 'no spaces, please' },
      { actionId: '' },
      { actionMapId: 'm'.repeat(129) },
      { customerId: `<script>${random.integer(1000)}` },
      { occurredAt: 0 },
      { occurredAt: year2090Ms },
      { actionState: 'errored', errorMessage: 'x'.repeat(errorMessageMax + 1) },
    ]),
  );
}

/** Key of another customer, or none. */
function wrongKey(site: Site): IllegalEvent {
  const other = site.random.chance(0.5) ? site.random.uuid() : null;
  const refused = refusedFor('INVALID_FIELD', site, {});
  return { ...refused, key: other === null ? null : `${refused.event.tenantId}/${other}` };
}

/** Refused whatever is known of the map. */
function refusedFor(reason: RefusalReason, site: Site, changes: Partial<WebActionEvent>): IllegalEvent {
  return refusal(reason, site, site.present(), 'offered', changes);
}

function refusal(
  reason: RefusalReason,
  site: Site,
  action: RunningAction,
  step: ActionState,
  changes?: Partial<WebActionEvent>,
): IllegalEvent {
  // After all that is known of the action: an earlier time could make a wrong step fit.
  const occurredAt = Math.max(action.lastAt + 1, site.receivedAt - 50);
  const event = eventOf(site.random, action, step, occurredAt, site.receivedAt, changes);
  return { reason, key: customerKeyOf(event), event };
}

/** An action that has begun, is not locked and has the property; tries a few, since most visitors will do. */
function findPresent(site: Site, has: (action: RunningAction) => boolean): RunningAction | undefined {
  for (let tries = 0; tries < 8; tries += 1) {
    const action = site.present();
    if (action.attempt.length > 0 && !isLocked(action) && has(action)) return action;
  }
  return undefined;
}

function unreachableSteps(action: RunningAction): readonly ActionState[] {
  const last = action.attempt.at(-1) ?? 'none';
  return actionStates.filter(
    (state) =>
      webchat.states.includes(state) &&
      !action.visited.has(state) &&
      !webchat.allows(last, state) &&
      !webchat.leadsTo(last, state),
  );
}
