import type { RefusalReason, WebActionEvent } from '@offerlock/lifecycle';

/**
 * What a simulated record was made to be:
 * - `regular`: the next step of a journey, in time;
 * - `duplicate`: an event that was sent before, again;
 * - `overtaking`: arrives before its predecessor and has to wait for it; `overtaken`: that predecessor, right after it;
 * - `late`: arrives after its successor, which did not need it, and fits before it;
 * - `illegal`: an event that must be refused;
 * - `unreadable`: bytes that are no event.
 */
export type SimulatedKind =
  'regular' | 'duplicate' | 'overtaking' | 'overtaken' | 'late' | 'illegal' | 'unreadable';

export type UnreadableReason = 'UNDECODABLE' | 'UNKNOWN_SCHEMA';

/**
 * The one outcome that the record must have when it is folded for the first time. An `early` one is applied as soon as
 * its predecessor is there, with its metric; it stays counted as early.
 */
export type ExpectedOutcome =
  'applied' | 'repeated' | 'early' | 'untracked' | RefusalReason | UnreadableReason;

export type SimulatedContent =
  | { readonly type: 'event'; readonly event: WebActionEvent }
  /** An event of whose encoded bytes only the first `bytesKept` are sent. */
  | { readonly type: 'cut'; readonly event: WebActionEvent; readonly bytesKept: number }
  | { readonly type: 'bytes'; readonly bytes: Buffer };

export interface SimulatedRecord {
  readonly kind: SimulatedKind;
  /** `tenantId/customerId`; another one, or null, only where that is what makes the record illegal. */
  readonly key: string | null;
  readonly content: SimulatedContent;
  readonly outcome: ExpectedOutcome;
  /**
   * True while an early event waits: write the next record in the same call. Otherwise its grace could run out before
   * its predecessor is in the log, and the expected counts would not hold.
   */
  readonly withNext: boolean;
}
