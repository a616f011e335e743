import type { ActionState, WebActionEvent } from './event.ts';

/** One step of an action's path. */
export interface VisitedStep {
  readonly state: ActionState;
  /** `occurredAt` of the event that took the step, in ms. */
  readonly at: number;
  /** What the browser said went wrong; present on `errored` only. */
  readonly error?: { readonly code: string | null; readonly message: string | null };
}

/** An action, or an earlier attempt of the present one, that is over. */
export interface ClosedAction {
  readonly actionId: string;
  readonly visited: readonly ActionState[];
}

/** An event that waits for its predecessor. */
export interface EarlyEvent {
  readonly event: WebActionEvent;
  /** Offset of its record, decimal, because JSON has no 64-bit integers. */
  readonly offset: string;
}

/**
 * Everything known of one customer and one action map: the path of the present action, and what is left of earlier
 * ones. This is the JSON that readers of the projection see. Times are milliseconds since 1970 (UTC).
 */
export interface OfferState {
  /** Last step of `visited`; `none` while only early events are known. */
  readonly status: ActionState | 'none';
  /** Set when a terminal state is reached: the map must not be offered again, except by its re-offer scope. */
  readonly locked: { readonly state: ActionState; readonly at: number } | null;
  readonly actionId: string | null;
  readonly actionMapVersion: number;
  readonly mediaType: string;
  readonly sessionId: string;
  /** 1 for the first attempt of an action; a new `offered` after `errored` opens the next. 0 while `status` is `none`. */
  readonly attempt: number;
  /** When `status` was entered. */
  readonly enteredAt: number;
  /** When this attempt was offered. */
  readonly offeredAt: number | null;
  /** The path of this attempt: always legal, in the order of the lifecycle. */
  readonly visited: readonly VisitedStep[];
  /** How often this map was offered to this customer, over all actions. */
  readonly timesOffered: number;
  /** The latest closed actions, oldest first, at most `closedActionsMax`. */
  readonly closed: readonly ClosedAction[];
  /** In order of arrival, at most `earlyEventsMax`. While it is not empty, nothing may be offered. */
  readonly early: readonly EarlyEvent[];
}

export const closedActionsMax = 4;
export const earlyEventsMax = 8;
