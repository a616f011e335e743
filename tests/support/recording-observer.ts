import type { ConsumptionObserver } from '@offerlock/event-log';

type Event<Name extends keyof ConsumptionObserver> = Parameters<ConsumptionObserver[Name]>[0];

/** Everything an observer was told, in order. */
export interface Observed {
  readonly claimed: Event<'claimed'>[];
  readonly ended: Event<'claimEnded'>[];
  readonly committed: Event<'committed'>[];
  readonly halted: Event<'halted'>[];
}

export function recordingObserver(): { observer: ConsumptionObserver; observed: Observed } {
  const observed: Observed = { claimed: [], ended: [], committed: [], halted: [] };
  return {
    observed,
    observer: {
      claimed: (event) => observed.claimed.push(event),
      claimEnded: (event) => observed.ended.push(event),
      committed: (event) => observed.committed.push(event),
      halted: (event) => observed.halted.push(event),
    },
  };
}
