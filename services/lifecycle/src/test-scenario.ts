import type { WebActionEvent } from './event.ts';
import { fold, type FoldOptions } from './fold.ts';
import type { OfferState } from './offer-state.ts';
import { foldDefaults, incomingOf, run } from './test-events.ts';

/** What a test says of an outcome, flat: names of states instead of whole steps, metrics and events. */
export interface Told {
  readonly outcome: string;
  readonly reason?: string | null;
  readonly status?: string | null;
  readonly locked?: string | null;
  readonly attempt?: number | null;
  readonly actionId?: string | null;
  readonly visited?: readonly string[];
  readonly timesOffered?: number;
  readonly early?: readonly string[];
  readonly metrics?: readonly string[];
  readonly settled?: readonly string[];
}

/**
 * Sentences about the fold: `given(...events).when(event).then(told)`. The test brings its `expect`, because only
 * files of tests may import a package.
 */
export function scenario(expect: (actual: Told) => { toMatchObject(told: object): void }) {
  const givenWith = (options: Partial<FoldOptions>, ...events: readonly WebActionEvent[]) => {
    const inForce = { ...foldDefaults, ...options };
    const before = run(events, inForce).state;
    return {
      when: (event: WebActionEvent) => ({
        // oxlint-disable-next-line unicorn/no-thenable -- a sentence, and nobody awaits it
        then: (told: Told): void => expect(tell(inForce, before, event)).toMatchObject(told),
      }),
    };
  };
  return { givenWith, given: (...events: readonly WebActionEvent[]) => givenWith({}, ...events) };
}

function tell(options: FoldOptions, before: OfferState | null, event: WebActionEvent): Told {
  const folded = fold(options, before, incomingOf(event));
  const state = 'state' in folded ? folded.state : before;
  return {
    outcome: folded.outcome,
    reason: folded.outcome === 'refused' ? folded.reason : null,
    status: state?.status ?? null,
    locked: state?.locked?.state ?? null,
    attempt: state?.attempt ?? null,
    actionId: state?.actionId ?? null,
    visited: state?.visited.map((step) => step.state) ?? [],
    timesOffered: state?.timesOffered ?? 0,
    early: state?.early.map((early) => early.event.actionState) ?? [],
    metrics: 'metrics' in folded ? folded.metrics.map((metric) => metric.metric) : [],
    settled:
      'settled' in folded
        ? folded.settled.map(
            (one) =>
              `${one.source.event.actionState} ${one.outcome === 'refused' ? one.reason : one.outcome}`,
          )
        : [],
  };
}
