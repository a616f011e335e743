import type { OfferState } from '@offerlock/lifecycle';

/** A step as it stands on the time line. */
export interface TimelineStep {
  readonly state: string;
  readonly at: number;
  /** Until the next step, in ms; null for the last. Negative where the producers' clocks disagree. */
  readonly untilNextMs: number | null;
  /** How far the next step is away, from 0 to 1: a second and a day differ, and both fit. */
  readonly distance: number;
  readonly error: { readonly code: string | null; readonly message: string | null } | null;
  /** Whether this step locked the map. */
  readonly locks: boolean;
}

const dayMs = 86_400_000;

/** The path of the present attempt. */
export function timelineOf({
  visited,
  locked,
}: Pick<OfferState, 'visited' | 'locked'>): readonly TimelineStep[] {
  return visited.map((step, index) => {
    const next = visited[index + 1];
    const untilNextMs = next === undefined ? null : next.at - step.at;
    return {
      state: step.state,
      at: step.at,
      untilNextMs,
      distance: untilNextMs === null ? 0 : distanceOf(untilNextMs),
      error: step.error ?? null,
      locks: locked !== null && next === undefined && locked.state === step.state,
    };
  });
}

/** Logarithmic from a second (and below) to a day (and above). */
function distanceOf(ms: number): number {
  const share = Math.log(Math.max(1, ms / 1000)) / Math.log(dayMs / 1000);
  return Math.round(Math.min(1, share) * 100) / 100;
}
