import type { StoredTopic } from '@offerlock/data-directory';

/** Time, as everything in this process sees it. */
export interface Clock {
  /** ms since 1970 (UTC). */
  now(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A topic for those who look at its end. */
export type TopicView = Pick<StoredTopic, 'bounds' | 'latest'>;

export interface LogView {
  readonly partitions: number;
  readonly events: TopicView;
  readonly deadLetters: TopicView;
}

/** Where everything is kept. */
export interface DirectoryFacts {
  readonly path: string;
  /** ms since 1970. */
  readonly createdAtMs: number;
  /** What its files take on the disk. */
  bytes(): number;
}

/** What the projection can tell beside the offers of one customer. */
export interface CustomerIndex {
  /** Ids of the tenant's customers that begin so, in order, at most `limit`. */
  customersStartingWith(tenantId: string, prefix: string, limit: number): readonly string[];
  /** Whether there is an offer of another tenant. */
  hasTenantsBeside(tenantId: string): boolean;
  /** Offers with a state. */
  readonly offerCount: number;
}
