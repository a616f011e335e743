import type { LifecycleDescription } from '@offerlock/standalone';

/**
 * The steps that must still arrive before `waiting` can be taken, on the shortest way from `from` (`none` for an
 * action that has not begun). Empty if it could be taken at once, null if no way leads there.
 */
export function missingSteps(
  lifecycle: LifecycleDescription,
  from: string,
  waiting: string,
): readonly string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const open = [from];
  for (let state = open.shift(); state !== undefined; state = open.shift()) {
    const next = state === 'none' ? lifecycle.initial : (lifecycle.transitions[state] ?? []);
    for (const to of next) {
      if (to === waiting) return pathTo(state, cameFrom).slice(1);
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, state);
      open.push(to);
    }
  }
  return null;
}

function pathTo(state: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const before = cameFrom.get(state) ?? null;
  return before === null ? [state] : [...pathTo(before, cameFrom), state];
}
