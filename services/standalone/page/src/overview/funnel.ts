import type { LifecycleDescription } from '@offerlock/standalone';
import type { Steps } from '../shared/counts.ts';

/** A stage of the way from the offer to the conversation, and where offers left it. */
export interface FunnelStage {
  readonly state: string;
  /** How often the stage was reached, further attempts included. */
  readonly count: number;
  /** Share of the stage before; null for the first stage and where nothing reached the one before. */
  readonly ofPrevious: number | null;
  /** Share of the first stage; null where nothing reached it. */
  readonly ofFirst: number | null;
  /** Steps out of the funnel, in the order of the lifecycle; zeros included. */
  readonly waysOut: readonly WayOut[];
  /** Reached the stage and took no further step (yet): still open, or given up without a word. */
  readonly unfinished: number;
}

export interface WayOut {
  readonly state: string;
  readonly count: number;
  /** Share of the stage; null where nothing reached it. */
  readonly ofStage: number | null;
}

const stages = ['offered', 'accepted', 'started', 'engaged'];

/**
 * The funnel of one media type, as far as its lifecycle has the stages. A lifecycle without an offer, such as a flow
 * that just runs, begins with `qualified`.
 */
export function funnelOf(lifecycle: LifecycleDescription, steps: Steps): readonly FunnelStage[] {
  const known = stages.filter((state) => lifecycle.states.includes(state));
  const states = known.includes('offered') ? known : ['qualified', ...known];
  const counts = states.map((state) => steps.reached(state));
  return states.map((state, index) => {
    const count = counts[index] ?? 0;
    const next = lifecycle.transitions[state] ?? [];
    return {
      state,
      count,
      ofPrevious: index === 0 ? null : shareOf(count, counts[index - 1] ?? 0),
      ofFirst: shareOf(count, counts[0] ?? 0),
      waysOut: next
        .filter((to) => !states.includes(to))
        .map((to) => ({
          state: to,
          count: steps.taken(state, to),
          ofStage: shareOf(steps.taken(state, to), count),
        })),
      // A step that arrived late is counted from the step before it, so the difference can fall below zero.
      unfinished: lifecycle.terminal.includes(state) ? 0 : Math.max(0, count - steps.left(state)),
    };
  });
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
