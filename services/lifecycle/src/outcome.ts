import type { ActionState, IncomingEvent } from './event.ts';
import type { OfferState } from './offer-state.ts';

/** Why an event was refused. Part of the contract: these names stand in the headers of dead letters. */
export type RefusalReason =
  | 'UNKNOWN_STATE'
  | 'UNKNOWN_MEDIA_TYPE'
  | 'MEDIA_TYPE_MISMATCH'
  | 'ILLEGAL_TRANSITION'
  | 'TERMINAL_LOCKED'
  | 'STALE_ACTION'
  | 'INVALID_FIELD'
  | 'EARLY_OVERFLOW'
  | 'EARLY_EXPIRED';

/** A step that counts. */
export interface Metric {
  readonly metric: ActionState;
  /** The event that took the step; with `attempt` it names the metric for all time. */
  readonly source: IncomingEvent;
  readonly attempt: number;
  /** The step before it, as far as it was known at that moment. */
  readonly previousState: ActionState | null;
  readonly millisInPreviousState: number | null;
  /** 0 for `offered` itself, null before it. */
  readonly millisSinceOffered: number | null;
  readonly terminal: boolean;
}

/** A step that was taken: an edge of the lifecycle of `mediaType`. */
export interface Step {
  readonly mediaType: string;
  /** The step before it in the path; `none` where an action begins, and the failed one where a further attempt does. */
  readonly from: ActionState | 'none';
  readonly to: ActionState;
}

/** What became of an early event once it stopped waiting. */
export type Settled =
  | { readonly source: IncomingEvent; readonly outcome: 'applied' }
  | { readonly source: IncomingEvent; readonly outcome: 'repeated' }
  | { readonly source: IncomingEvent; readonly outcome: 'refused'; readonly reason: RefusalReason };

export interface Applied {
  readonly outcome: 'applied';
  readonly state: OfferState;
  /** Of the event itself first, then of the early events that came to fit. */
  readonly metrics: readonly Metric[];
  /** Every step taken, in the order of the metrics; also those that do not count. */
  readonly steps: readonly Step[];
  readonly settled: readonly Settled[];
}

/** The one outcome of an event. Only `applied` and `early` change the state. */
export type Folded =
  | Applied
  | { readonly outcome: 'early'; readonly state: OfferState }
  | { readonly outcome: 'repeated' }
  | { readonly outcome: 'untracked'; readonly metrics: readonly Metric[] }
  | { readonly outcome: 'refused'; readonly reason: RefusalReason };
