import type { WebActionEvent } from '@offerlock/lifecycle';

export type { WebActionEvent };

/** A step that counted, for analytics. Times are milliseconds since 1970 (UTC). */
export interface WebActionMetric {
  /** UUIDv5 of tenant, customer, map, action, attempt and state: one action counts each state once, ever. */
  readonly metricId: string;
  readonly metric: string;
  readonly tenantId: string;
  readonly customerId: string;
  readonly sessionId: string;
  readonly actionId: string;
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly actionMediaType: string;
  readonly previousState: string | null;
  readonly millisInPreviousState: number | null;
  readonly millisSinceOffered: number | null;
  readonly terminal: boolean;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly processedAt: number;
  /** Of the event that took the step. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** One change of the projection, for the compacted changelog. */
export interface OfferStateChange {
  readonly tenantId: string;
  readonly customerId: string;
  readonly actionMapId: string;
  /** `<epoch, 12 hex>:<offset, 16 hex>`; the newest wins. */
  readonly position: string;
  /** The JSON of the offer state as in the projection, without `before`. */
  readonly state: string;
}

/** The deadline of an early event. */
export interface OfferTimer {
  readonly tenantId: string;
  readonly customerId: string;
  readonly actionMapId: string;
  /** Of the early event. */
  readonly eventId: string;
  /** Of the early event's record in the events topic, same partition. */
  readonly offset: number;
  /** When the event stops waiting, in ms since 1970. */
  readonly dueAt: number;
}

/** A qualified map that was held back. */
export interface BlockedOffer {
  readonly tenantId: string;
  readonly customerId: string;
  readonly sessionId: string;
  readonly actionId: string;
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly actionMediaType: string;
  readonly reason: string;
  readonly blockingActionMapId: string | null;
  readonly occurredAt: number;
}

/** All that a tenant has said about its offers, as of one change. */
export interface ActionMaps {
  readonly tenantId: string;
  /** 1 for the first change of the tenant, one more with each. */
  readonly revision: number;
  readonly changedAt: number;
  /** Who made the change, for people. */
  readonly changedBy: string;
  /** JSON: every version of every map, targets, schedules and caps. */
  readonly document: string;
}
