import type { ChatCounts, OfferRules } from '@offerlock/lifecycle';
import type { Health } from '@offerlock/server';

/** Time, as everything in this process sees it. */
export interface Clock {
  /** ms since 1970 (UTC). */
  now(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Makes the ids of what begins here: UUIDs, version 4. */
export interface Ids {
  newActionId(): string;
  newEventId(): string;
}

/** The action maps in force, as the topic has them. */
export interface RulesBook {
  /** null for a tenant that has published none. Until the topic has been read to its end, nobody may ask. */
  rulesOf(tenantId: string): OfferRules | null;
  /** Healthy once the topic has been read to its end. The detail names a document that cannot be read. */
  health(): Health;
  /** Whether the topic has been read to its end. */
  readonly caughtUp: boolean;
}

/** The chats of the sliding window, for pacing. */
export interface ChatWindow {
  /** By tenant and action target; null while they are not known. */
  countsOf(tenantId: string, actionTargetId: string): ChatCounts | null;
  health(): Health;
}
