import { customerKeyOf, webchat, type ActionState, type WebActionEvent } from '@offerlock/lifecycle';
import { Tally, type ExpectedCounts } from './expected-counts.ts';
import { History } from './history.ts';
import { illegalEvent, type Site } from './illegal.ts';
import { createRandom } from './random.ts';
import type {
  ExpectedOutcome,
  SimulatedContent,
  SimulatedKind,
  SimulatedRecord,
} from './simulated-record.ts';
import { unreadable } from './unreadable.ts';
import { arrive, eventOf, isLocked, nextAction, type RunningAction, type Visitor } from './visitor.ts';

/** Shares of all records, from 0 to 1. */
export interface TrafficShares {
  readonly duplicates: number;
  /** Early ones. Not every step can overtake: beyond about 0.1 there are fewer than asked for. */
  readonly overtaking: number;
  /** Late ones, as far as steps that can be late last: about 0.15. */
  readonly late: number;
  readonly illegal: number;
  readonly unreadable: number;
}

export const defaultShares: TrafficShares = {
  duplicates: 0.01,
  overtaking: 0.01,
  late: 0.005,
  illegal: 0.01,
  unreadable: 0.001,
};

export interface TrafficOptions {
  readonly seed: number;
  /** How many records, of whatever kind. `Infinity`: until the reader stops. */
  readonly events: number;
  /**
   * `receivedAt` of the first event, in ms since 1970; or what tells it for every event, where they are published as
   * they are made.
   */
  readonly startAtMs: number | (() => number);
  /** How fast the simulated time passes from a fixed start; it says nothing of how fast records are read. Default 500. */
  readonly eventsPerSecond?: number;
  /** Visitors on the site at the same time, each with an open journey; decides the memory. Default 4,000, fewer in a small run. */
  readonly customers?: number;
  /** Tenant of all events. Default `default`. */
  readonly tenant?: string;
  /** Action maps. Default 12. */
  readonly maps?: number;
  readonly shares?: Partial<TrafficShares>;
}

export interface Traffic {
  /** Makes the records as they are read. There is one stream: a second call goes on where the first was left. */
  records(): IterableIterator<SimulatedRecord>;
  /** The truth about all records read so far; in between a record with `withNext` and the next it does not hold. */
  expected(): ExpectedCounts;
}

const lockedMax = 1024;

/**
 * Simulated traffic whose outcome is known by construction: whole journeys of many customers, interleaved, with
 * irregular events in the given shares. The same options give the same records. Order matters only within a key.
 * Throws `RangeError` for options that make no sense.
 */
export function simulateTraffic(options: TrafficOptions): Traffic {
  const shares = checkShares({ ...defaultShares, ...options.shares });
  const customers = options.customers ?? Math.min(4000, Math.max(1, Math.ceil(options.events / 25)));
  const tenant = options.tenant ?? 'default';
  const maps = options.maps ?? 12;
  const eventsPerSecond = options.eventsPerSecond ?? 500;
  for (const [name, value] of Object.entries({ customers, maps, eventsPerSecond })) {
    if (!(value > 0)) throw new RangeError(`${name}: expected a number greater than 0, got ${value}`);
  }

  const random = createRandom(options.seed);
  const tally = new Tally();
  const history = new History(random);
  const visitors: Visitor[] = [];
  const locked: RunningAction[] = [];
  let lockedCount = 0;
  let sent = 0;

  const { startAtMs } = options;
  const receivedAt =
    typeof startAtMs === 'function'
      ? startAtMs
      : (): number => startAtMs + Math.floor((sent * 1000) / eventsPerSecond);
  const owed = { duplicates: 0, overtaking: 0, late: 0, illegal: 0, unreadable: 0 };
  const pays = (share: keyof TrafficShares): boolean => {
    if (owed[share] < 1) return false;
    owed[share] -= 1;
    return true;
  };
  const site: Site = {
    random,
    get receivedAt() {
      return receivedAt();
    },
    present: () => (visitors.length === 0 ? visitorAt(0).action : random.pick(visitors).action),
    locked: () => (locked.length === 0 ? undefined : random.pick(locked)),
  };

  function* stream(): Generator<SimulatedRecord, void> {
    while (sent < options.events) {
      if (pays('unreadable')) {
        yield unreadableRecord();
      } else if (pays('illegal')) {
        const { event, key, reason } = illegalEvent(site);
        yield record('illegal', { type: 'event', event }, key, reason);
      } else {
        const again = owed.duplicates > 0 ? history.draw() : undefined;
        if (again !== undefined && pays('duplicates')) {
          yield eventRecord('duplicate', again.event, again.again);
        } else {
          yield* nextSteps(visitorAt(random.integer(customers)));
        }
      }
    }
  }

  function visitorAt(place: number): Visitor {
    // Places fill up from the first on, so that `visitors` has no holes.
    const known = visitors[place];
    if (known !== undefined) return known;
    const visitor = arrive(random, tenant, maps);
    visitors.push(visitor);
    return visitor;
  }

  /** The visitor's next step; or the next two the other way round, where that is owed. */
  function* nextSteps(visitor: Visitor): Generator<SimulatedRecord, void> {
    const { action } = visitor;
    const step = action.path[action.next];
    const following = action.path[action.next + 1];
    if (step === undefined) throw new Error('a visitor without a next step');

    const swap = options.events - sent >= 2 ? swapOf(action, step, following) : null;
    if (following !== undefined && swap !== null && pays(swap)) {
      const first = stepEvent(action, step);
      const second = stepEvent(action, following);
      if (swap === 'overtaking') {
        yield eventRecord('overtaking', second, 'early', true);
        // More often than elsewhere, because it is rare to be waiting; the next duplicate is left out for it.
        if (options.events - sent >= 2 && random.chance(10 * shares.duplicates)) {
          owed.duplicates -= 1;
          yield eventRecord('duplicate', second, 'repeated', true);
        }
        applied(action, step);
        applied(action, following);
        tally.shows('an event that overtook its predecessor', customerKeyOf(first));
        yield eventRecord('overtaken', { ...first, receivedAt: receivedAt() }, 'applied');
      } else {
        applied(action, step);
        applied(action, following);
        yield eventRecord('regular', second, 'applied');
        tally.shows('an event that came late', customerKeyOf(first));
        yield eventRecord('late', { ...first, receivedAt: receivedAt() }, 'applied');
      }
      history.add({ event: first, again: 'repeated' });
      history.add({ event: second, again: 'repeated' });
      action.next += 2;
    } else {
      const event = stepEvent(action, step);
      const tracked = webchat.states.includes(step);
      if (tracked) applied(action, step);
      history.add({ event, again: tracked ? 'repeated' : 'untracked' });
      action.next += 1;
      yield eventRecord('regular', event, tracked ? 'applied' : 'untracked');
    }
    if (action.next === action.path.length) finish(visitor);
  }

  function stepEvent(action: RunningAction, step: ActionState): WebActionEvent {
    const now = receivedAt();
    action.lastAt = Math.max(action.lastAt + 1, now - 20 - random.integer(400));
    return eventOf(random, action, step, action.lastAt, now);
  }

  /** Counts a step that is, or at the end of the pair will be, part of the path. */
  function applied(action: RunningAction, step: ActionState): void {
    if (isRetry(action, step)) {
      action.attempt = [];
      tally.shows('a second attempt after an error', customerKeyOf(action));
    }
    action.attempt.push(step);
    action.visited.add(step);
    tally.moved(action.status, step);
    action.status = step;
    if (webchat.metrics.includes(step)) tally.add(tally.metrics, step);
    if (!webchat.isTerminal(step)) return;
    tally.locked += 1;
    tally.shows(`a map locked by ${step}`, customerKeyOf(action));
  }

  function finish(visitor: Visitor): void {
    const { action } = visitor;
    if (isLocked(action)) {
      locked[lockedCount % lockedMax] = action;
      lockedCount += 1;
    }
    const next = nextAction(random, visitor);
    if (next !== null) visitor.action = next;
    else visitors[visitors.indexOf(visitor)] = arrive(random, tenant, maps);
  }

  function unreadableRecord(): SimulatedRecord {
    const action = site.present();
    const { reason, content } = unreadable(
      random,
      eventOf(random, action, 'offered', receivedAt(), receivedAt()),
    );
    return record('unreadable', content, customerKeyOf(action), reason);
  }

  function eventRecord(
    kind: SimulatedKind,
    event: WebActionEvent,
    outcome: ExpectedOutcome,
    withNext = false,
  ): SimulatedRecord {
    return record(kind, { type: 'event', event }, customerKeyOf(event), outcome, withNext);
  }

  function record(
    kind: SimulatedKind,
    content: SimulatedContent,
    key: string | null,
    outcome: ExpectedOutcome,
    withNext = false,
  ): SimulatedRecord {
    sent += 1;
    for (const share of shareNames) if (random.chance(shares[share])) owed[share] += 1;
    tally.add(tally.kinds, kind);
    if (kind === 'illegal') tally.add(tally.outcomes, 'refused');
    else tally.add(tally.outcomes, kind === 'unreadable' ? kind : outcome);
    if (kind === 'illegal' || kind === 'unreadable') tally.add(tally.deadLetters, outcome);
    return { kind, key, content, outcome, withNext };
  }

  const records = stream();
  return { records: () => records, expected: () => tally.counts(options.seed, sent) };
}

const shareNames = ['duplicates', 'overtaking', 'late', 'illegal', 'unreadable'] as const;

function checkShares(shares: TrafficShares): TrafficShares {
  let sum = 0;
  for (const name of shareNames) {
    const share = shares[name];
    if (!(share >= 0 && share <= 1))
      throw new RangeError(`${name}: expected a share from 0 to 1, got ${share}`);
    sum += share;
  }
  if (sum > 0.9)
    throw new RangeError(`the shares add up to ${sum}: at most 0.9, the rest are regular events`);
  return shares;
}

/** What happens if `following` arrives before `step`; null if such a swap would change the path. */
function swapOf(
  action: RunningAction,
  step: ActionState,
  following: ActionState | undefined,
): 'overtaking' | 'late' | null {
  if (following === undefined || !webchat.allows(step, following)) return null;
  // A new attempt begins when it arrives: what overtakes it is taken for a part of the attempt before.
  if (isRetry(action, step)) return null;
  return webchat.allows(action.attempt.at(-1) ?? 'none', following) ? 'late' : 'overtaking';
}

function isRetry(action: RunningAction, step: ActionState): boolean {
  return action.attempt.at(-1) === webchat.retry?.after && step === webchat.retry?.with;
}
