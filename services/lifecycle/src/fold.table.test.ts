import { describe, expect, test } from '@jest/globals';
import { actionStates, type ActionState } from './event.ts';
import { lifecyclesWith } from './lifecycles.ts';
import { eventOf, foldDefaults, journeyOf, run } from './test-events.ts';

/**
 * A second, independent reading of the lifecycles: which states may come next, which lock, and what is no step. It is
 * literal on purpose: a mistake in the data of lifecycles.ts shows here.
 */
interface Table {
  readonly next: Readonly<Record<string, readonly string[]>>;
  readonly terminal: readonly string[];
  readonly untracked: readonly string[];
  readonly retries: boolean;
  readonly reoffer: 'never' | 'session' | 'after';
}

const chat: Table = {
  next: {
    none: ['qualified', 'offered'],
    qualified: ['offered'],
    offered: ['accepted', 'rejected', 'ignored', 'timedout', 'errored'],
    accepted: ['started', 'rejected', 'errored'],
    started: ['engaged', 'abandoned', 'errored'],
  },
  terminal: ['engaged', 'rejected', 'timedout', 'ignored', 'abandoned'],
  untracked: ['completed'],
  retries: true,
  reoffer: 'never',
};

const tables: Readonly<Record<string, Table>> = {
  webchat: chat,
  openAction: chat,
  contentOffer: {
    next: {
      none: ['qualified', 'offered'],
      qualified: ['offered'],
      offered: ['accepted', 'rejected', 'ignored', 'errored'],
    },
    terminal: ['accepted', 'rejected', 'ignored'],
    untracked: [],
    retries: true,
    reoffer: 'never',
  },
  webMessagingOffer: {
    next: {
      none: ['qualified', 'offered'],
      qualified: ['offered'],
      offered: ['accepted', 'rejected', 'ignored', 'errored'],
      accepted: ['started', 'engaged', 'abandoned', 'errored'],
      started: ['engaged', 'abandoned', 'errored'],
    },
    terminal: ['rejected', 'ignored', 'engaged', 'abandoned'],
    untracked: ['completed'],
    retries: true,
    reoffer: 'session',
  },
  architectFlow: {
    next: { none: ['qualified'], qualified: ['accepted', 'rejected', 'errored'] },
    terminal: ['accepted', 'rejected', 'errored'],
    untracked: [],
    retries: false,
    reoffer: 'after',
  },
  integrationAction: {
    next: { none: ['qualified'], qualified: ['errored'] },
    terminal: [],
    untracked: [],
    retries: false,
    reoffer: 'never',
  },
};

const informational = ['qualifiedOutsideSchedule', 'offeredOutsideSchedule', 'frequencyCapReached'];

function nextOf(table: Table, state: string): readonly string[] {
  return table.next[state] ?? [];
}

function isReachable(table: Table, from: string, to: string): boolean {
  return nextOf(table, from).some((next) => next === to || isReachable(table, next, to));
}

/** Every legal path from nothing, the empty one included. */
function pathsOf(table: Table, path: readonly string[] = []): readonly (readonly string[])[] {
  const last = path.at(-1) ?? 'none';
  return [path, ...nextOf(table, last).flatMap((next) => pathsOf(table, [...path, next]))];
}

function isStep(table: Table, state: string): boolean {
  return isReachable(table, 'none', state);
}

/** What becomes of a state that is no step, whatever the offer state is; null for steps. */
function offThePath(table: Table, state: string): string | null {
  if (isStep(table, state)) return null;
  return [...informational, ...table.untracked].includes(state) ? 'untracked' : 'UNKNOWN_STATE';
}

/** The same action, a second after the last step of the path. */
function expectedNext(table: Table, path: readonly string[], state: string): string {
  const last = path.at(-1) ?? 'none';
  const off = offThePath(table, state);
  if (off !== null) return off;
  if (path.includes(state)) {
    return table.retries && last === 'errored' && state === 'offered' ? 'attempt 2' : 'repeated';
  }
  if (nextOf(table, last).includes(state)) return 'applied';
  if (isReachable(table, last, state)) return 'early';
  return table.terminal.includes(last) ? 'TERMINAL_LOCKED' : 'ILLEGAL_TRANSITION';
}

/** Another action, in another session, a second after the last step of the path. */
function expectedOfAnother(table: Table, path: readonly string[], state: string): string {
  const off = offThePath(table, state);
  if (off !== null) return off;
  const initial = nextOf(table, 'none').includes(state);
  if (table.terminal.includes(path.at(-1) ?? 'none')) {
    return initial && table.reoffer !== 'never' ? 'attempt 1' : 'TERMINAL_LOCKED';
  }
  return initial ? 'attempt 1' : 'early';
}

/** The same action, between the step before `gap` and the step at it. */
function expectedBetween(table: Table, path: readonly string[], gap: number, state: string): string {
  const asNext = expectedNext(table, path, state);
  if (path.includes(state)) return 'repeated';
  if (asNext !== 'ILLEGAL_TRANSITION' && asNext !== 'TERMINAL_LOCKED') return asNext;
  const fits = (reaches: (from: string, to: string) => boolean): boolean =>
    path.some(
      (after, index) => index >= gap && reaches(path[index - 1] ?? 'none', state) && reaches(state, after),
    );
  if (fits((from, to) => nextOf(table, from).includes(to))) return 'late';
  return fits((from, to) => isReachable(table, from, to)) ? 'early' : asNext;
}

function outcomeOf(path: readonly string[], mediaType: string, actionId: string, second: number) {
  const fields = { actionMediaType: mediaType };
  const before = run(journeyOf(path, fields));
  return (state: string): string => {
    const another = actionId === 'action-1' ? {} : { actionId, sessionId: 'session-2' };
    const event = eventOf(state, second, { ...fields, ...another });
    const [folded] = run([event], foldDefaults, before.state).folded;
    if (folded?.outcome === 'refused') return folded.reason;
    if (folded?.outcome !== 'applied') return folded?.outcome ?? 'nothing';
    if (folded.state.status !== state) return 'late';
    const began = folded.state.visited.length === 1 && path.length > 0;
    return began ? `attempt ${folded.state.attempt}` : 'applied';
  };
}

const everyState = [...actionStates, 'missed'];

test('there is a table for every lifecycle', () => {
  expect(Object.keys(tables).sort()).toEqual([...lifecyclesWith().keys()].sort());
});

describe.each(Object.entries(tables))('%s', (mediaType, table) => {
  const paths = pathsOf(table);

  test('the data locks and offers again as the table says', () => {
    const lifecycle = lifecyclesWith().get(mediaType);
    expect([...(lifecycle?.terminal ?? [])].sort()).toEqual([...table.terminal].sort());
    expect(lifecycle?.reoffer.scope).toBe(table.reoffer);
    expect(lifecycle?.states.every((state: ActionState) => isStep(table, state))).toBe(true);
  });

  test.each(paths.map((path) => [path.join(' > ') || 'nothing', path] as const))(
    'after %s, every state of the same action has the outcome of its cell',
    (_title, path) => {
      const outcome = outcomeOf(path, mediaType, 'action-1', path.length + 1);
      expect(Object.fromEntries(everyState.map((state) => [state, outcome(state)]))).toEqual(
        Object.fromEntries(everyState.map((state) => [state, expectedNext(table, path, state)])),
      );
    },
  );

  test.each(paths.slice(1).map((path) => [path.join(' > '), path] as const))(
    'after %s, every state of another action has the outcome of its cell',
    (_title, path) => {
      const outcome = outcomeOf(path, mediaType, 'action-2', path.length + 1);
      expect(Object.fromEntries(everyState.map((state) => [state, outcome(state)]))).toEqual(
        Object.fromEntries(everyState.map((state) => [state, expectedOfAnother(table, path, state)])),
      );
    },
  );

  test.each(paths.slice(1).map((path) => [path.join(' > '), path] as const))(
    'a state that occurred within %s is put into its place, or waits for its neighbours, or is refused',
    (_title, path) => {
      for (const gap of path.keys()) {
        const outcome = outcomeOf(path, mediaType, 'action-1', gap + 0.5);
        expect({ gap, ...Object.fromEntries(everyState.map((state) => [state, outcome(state)])) }).toEqual({
          gap,
          ...Object.fromEntries(everyState.map((state) => [state, expectedBetween(table, path, gap, state)])),
        });
      }
    },
  );
});
