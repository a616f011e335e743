import type { LifecycleDescription } from '@offerlock/standalone';

/** A step that the lifecycle allows. */
export interface Edge {
  /** `none` for the beginning of an action. */
  readonly from: string;
  readonly to: string;
  /** Whether it opens a further attempt. */
  readonly retry: boolean;
}

/** A lifecycle as a graph whose steps all lead to a higher rank, but for retries. */
export interface Graph {
  readonly edges: readonly Edge[];
  /** By state, `none` included: the longest way from the beginning. */
  readonly ranks: ReadonlyMap<string, number>;
  /** The longest way to a terminal state: drawn as a straight line, because it is what an offer is made for. */
  readonly mainPath: readonly string[];
}

export function graphOf(lifecycle: LifecycleDescription): Graph {
  const forward: Edge[] = lifecycle.initial.map((to) => ({ from: 'none', to, retry: false }));
  for (const [from, next] of Object.entries(lifecycle.transitions)) {
    for (const to of next) forward.push({ from, to, retry: false });
  }
  const ranks = ranksOf(['none', ...lifecycle.states], forward);
  const { retry } = lifecycle;
  return {
    edges: retry === null ? forward : [...forward, { from: retry.after, to: retry.with, retry: true }],
    ranks,
    mainPath: mainPathOf(lifecycle, forward, ranks),
  };
}

function ranksOf(states: readonly string[], edges: readonly Edge[]): ReadonlyMap<string, number> {
  const ranks = new Map(states.map((state) => [state, 0]));
  // A longest way has fewer steps than there are states, so as many rounds reach all of them.
  for (let round = 0; round < states.length; round += 1) {
    for (const { from, to } of edges) {
      ranks.set(to, Math.max(ranks.get(to) ?? 0, (ranks.get(from) ?? 0) + 1));
    }
  }
  return ranks;
}

function mainPathOf(
  lifecycle: LifecycleDescription,
  edges: readonly Edge[],
  ranks: ReadonlyMap<string, number>,
): readonly string[] {
  const rankOf = (state: string): number => ranks.get(state) ?? 0;
  const ends = lifecycle.terminal.length > 0 ? lifecycle.terminal : lifecycle.states;
  const last = Math.max(...ends.map(rankOf));
  const path = [ends.find((state) => rankOf(state) === last) ?? 'none'];
  for (let state = path[0]; state !== undefined && state !== 'none';) {
    const reached: string = state;
    state = edges.find(({ from, to }) => to === reached && rankOf(from) === rankOf(reached) - 1)?.from;
    if (state !== undefined) path.unshift(state);
  }
  return path;
}
