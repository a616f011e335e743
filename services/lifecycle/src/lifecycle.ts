import type { ActionState } from './event.ts';

/**
 * When a locked map may be offered again, by a new action that began after the lock:
 * - `never`: not at all (the default, from the vendor's web chat lifecycle);
 * - `session`: in another session than the one that locked it;
 * - `after`: once `afterMs` milliseconds have passed since the lock.
 */
export type ReofferScope =
  | { readonly scope: 'never' }
  | { readonly scope: 'session' }
  | { readonly scope: 'after'; readonly afterMs: number };

/** The life of one media type's actions, as data. */
export interface LifecycleData {
  readonly mediaType: string;
  /** How a person calls it. */
  readonly title: string;
  /** States that a new action may begin with. */
  readonly initial: readonly ActionState[];
  /** Legal next states within one attempt. A state without an entry has none. */
  readonly transitions: { readonly [From in ActionState]?: readonly ActionState[] };
  /** States that lock the map. */
  readonly terminal: readonly ActionState[];
  /** The step that opens a further attempt of the same action; null if there is none. */
  readonly retry: { readonly after: ActionState; readonly with: ActionState } | null;
  /** States that are counted (with extended metrics) but never become the status. */
  readonly informational: readonly ActionState[];
  /** States that are seen and counted as such, without a metric. */
  readonly untracked: readonly ActionState[];
  /** States that yield a metric by default; with extended metrics on, every state does but the untracked ones. */
  readonly metrics: readonly ActionState[];
  readonly reoffer: ReofferScope;
}

/** A lifecycle with what follows from its data. The fold, the tests and the printed docs all read it. */
export interface Lifecycle extends LifecycleData {
  /** States that can become the status, in the order of the data. */
  readonly states: readonly ActionState[];
  /** Whether `to` may follow `from` at once; `none` stands for an action that has not begun. */
  allows(from: ActionState | 'none', to: ActionState): boolean;
  /** Whether `to` may follow `from` with at least one other step between, within one attempt. */
  leadsTo(from: ActionState | 'none', to: ActionState): boolean;
  isTerminal(state: ActionState): boolean;
}

/** The lifecycles in force, by media type. */
export type Lifecycles = ReadonlyMap<string, Lifecycle>;

/** Checks the data and derives the rest. Throws on data that contradicts itself: that is a programmer's mistake. */
export function defineLifecycle(data: LifecycleData): Lifecycle {
  const next = new Map<ActionState | 'none', ReadonlySet<ActionState>>();
  next.set('none', new Set(data.initial));
  for (const [from, to] of Object.entries(data.transitions)) next.set(from as ActionState, new Set(to));

  const states = [...new Set([...data.initial, ...Object.values(data.transitions).flat()])];
  const terminal = new Set(data.terminal);
  const reach = new Map<ActionState | 'none', ReadonlySet<ActionState>>();
  for (const from of ['none', ...states] as const) reach.set(from, stepsBeyond(from, next));

  const check = (holds: boolean, problem: string): void => {
    if (!holds) throw new Error(`lifecycle ${data.mediaType}: ${problem}`);
  };
  check(data.initial.length > 0, 'has no initial state');
  for (const from of next.keys()) check(from === 'none' || states.includes(from), `${from} is never reached`);
  for (const state of states)
    check(!reach.get(state)?.has(state), `${state} can follow itself within an attempt`);
  for (const state of data.terminal) {
    check(states.includes(state), `terminal ${state} is never reached`);
    check(!next.has(state), `terminal ${state} has a next state`);
  }
  for (const state of [...data.informational, ...data.untracked]) {
    check(!states.includes(state), `${state} is a step, so it cannot be informational or untracked`);
  }
  for (const state of data.metrics) check(states.includes(state), `metric ${state} is never reached`);
  if (data.retry !== null) {
    check(states.includes(data.retry.after), `retry after ${data.retry.after}, which is never reached`);
    check(!terminal.has(data.retry.after), `retry after ${data.retry.after}, which is terminal`);
    check(data.initial.includes(data.retry.with), `retry with ${data.retry.with}, which is not initial`);
  }

  return {
    ...data,
    states,
    allows: (from, to) => next.get(from)?.has(to) ?? false,
    leadsTo: (from, to) => reach.get(from)?.has(to) ?? false,
    isTerminal: (state) => terminal.has(state),
  };
}

/** Everything at least two steps away from `from`. */
function stepsBeyond(
  from: ActionState | 'none',
  next: ReadonlyMap<ActionState | 'none', ReadonlySet<ActionState>>,
): ReadonlySet<ActionState> {
  const found = new Set<ActionState>();
  const open: ActionState[] = [...(next.get(from) ?? [])];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const beyond of next.get(state) ?? []) {
      if (found.has(beyond)) continue;
      found.add(beyond);
      open.push(beyond);
    }
  }
  return found;
}
