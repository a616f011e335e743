import type { ProjectedOffer } from './ports.ts';

/**
 * What whoever decides on offers has said of one action map and the projection may not show yet: an action that has
 * qualified, and, once it was offered, the promise that nobody else gets it. One per customer and action map.
 */
export interface PendingOffer {
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly mediaType: string;
  readonly actionId: string;
  readonly sessionId: string;
  /** When the action qualified by a decision, ms since 1970; null if the projection had it before. */
  readonly qualifiedAt: number | null;
  /** The promise to show it, ms since 1970; null while it is held back. */
  readonly reserved: { readonly takenAt: number; readonly until: number } | null;
}

/** What is known of a customer at one moment. */
export interface CustomerView {
  /** Whether the projection is complete. */
  readonly ready: boolean;
  /** In order of the map ids. */
  readonly offers: readonly ProjectedOffer[];
  /** In order of the map ids. */
  readonly pending: readonly PendingOffer[];
  /** What `write` kept under the request id that was asked for; null where there is nothing. */
  readonly answer: string | null;
  /** Of the pending offers; changes with every write and release. */
  readonly revision: number;
}

export interface DeskWrite {
  /** Pending offers that are new or changed. */
  readonly put: readonly PendingOffer[];
  /** Ids of action maps whose pending offer is over. */
  readonly remove: readonly string[];
  /** Kept for `ttlMs` under the request's id, so that a repeated request gets the same answer. */
  readonly answer: { readonly requestId: string; readonly text: string; readonly ttlMs: number } | null;
}

/**
 * Where decisions on offers are made safe: they read a customer at one moment, and what they promise is written only if
 * that is still how things are. Customers are `tenantId/customerId`. Adapters map client failures to
 * `PROJECTION_UNAVAILABLE`, and give up after a bounded time; a write that failed may still be executed later.
 */
export interface OfferDesk {
  /** With the answer to an earlier request of that id, if one is asked for. Error: `PROJECTION_CORRUPT`. */
  read(customer: string, requestId: string | null): Promise<CustomerView>;
  /**
   * Writes all or nothing. `changed`, and nothing written, if since `view` was read somebody has written or released
   * pending offers of the customer, any of its projected offers has changed, appeared or gone, an answer to the
   * same request was kept, or the projection is not ready any more.
   */
  write(customer: string, view: CustomerView, write: DeskWrite): Promise<'written' | 'changed'>;
  /** Takes back the promise of an action that was not shown. False if there is none (any more). */
  release(customer: string, actionId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** How far the projection is, for those who build on what it does not show. */
export interface ProjectionProgress {
  /** Partitions of the events topic; null while no projector has noted them. */
  readonly partitions: number | null;
  /**
   * By partition, ms since 1970: every event that the log had taken before then is folded, and its state is in
   * the projection. Only grows. A partition that is missing: nobody has told yet.
   */
  readonly foldedThroughMs: ReadonlyMap<number, number>;
}

export interface ProgressReader {
  progress(): Promise<ProjectionProgress>;
  close(): Promise<void>;
}
