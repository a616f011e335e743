import type { BlockedOffer, WebActionMetric } from '@offerlock/schemas';

/** The topics that reports are made of. */
export type ReportTopic = 'metrics' | 'blockedOffers';

/** A metric with its place in the metrics topic. */
export interface StoredMetric {
  readonly partition: number;
  readonly offset: bigint;
  readonly metric: WebActionMetric;
}

/** A blocked offer with its place in the topic of blocked offers. */
export interface StoredBlockedOffer {
  readonly partition: number;
  readonly offset: bigint;
  /** When the log took it, in ms; the processing time of what has none of its own. */
  readonly loggedAt: number;
  readonly blockedOffer: BlockedOffer;
}

/** Next offset by partition, for each topic. */
export type StoredOffsets = Readonly<Record<ReportTopic, ReadonlyMap<number, bigint>>>;

/** What goes into the store as one. */
export interface ReportBatch {
  readonly metrics: readonly StoredMetric[];
  readonly blockedOffers: readonly StoredBlockedOffer[];
  /** Where to go on, also past what was unreadable. Partitions that are not named stay where they are. */
  readonly nextOffsets: StoredOffsets;
}

export interface Appended {
  /** Metrics that are new in the store. */
  readonly metrics: number;
  readonly blockedOffers: number;
  /** Dropped: below the stored offset of their partition, or a metric whose id is there already. */
  readonly repeated: number;
}

/** `event`: when it happened at the visitor; `processing`: when it was folded. */
export type TimeAxis = 'event' | 'processing';
export const granularities = ['hour', 'day', 'total'] as const;
export type Granularity = (typeof granularities)[number];
export const reportDimensions = ['actionMap', 'version', 'mediaType'] as const;
export type ReportDimension = (typeof reportDimensions)[number];

/** One row's span of time, in ms since 1970; `to` is not in it. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** What a report is asked about. */
export interface ReportQuery {
  readonly tenantId: string;
  /** In order, each beginning where the last one ends, all beginning and ending on quarters of an hour (UTC), except the first beginning and the last end. */
  readonly periods: readonly Period[];
  readonly timeAxis: TimeAxis;
  /** By what the rows are broken down, besides the period. */
  readonly by: readonly ReportDimension[];
  /** Only these; null for all. */
  readonly actionMapIds: readonly string[] | null;
  readonly versions: readonly number[] | null;
  readonly mediaTypes: readonly string[] | null;
}

/** A group of a report; null where the report is not broken down by it. */
export interface ReportGroup {
  readonly actionMapId: string | null;
  readonly actionMapVersion: number | null;
  readonly mediaType: string | null;
}

/** Durations in ms by nearest rank, null where nothing was counted. */
export interface Durations {
  readonly p50: number | null;
  readonly p95: number | null;
}

export const countedMetrics = [
  'qualified',
  'offered',
  'accepted',
  'rejected',
  'started',
  'engaged',
  'abandoned',
  'errored',
  'timedout',
  'ignored',
] as const;
export type CountedMetric = (typeof countedMetrics)[number];

/** A row of the store's answer: only groups and periods in which something happened. */
export interface MetricRow extends ReportGroup, Readonly<Record<CountedMetric, number>> {
  /** Index into the query's periods. */
  readonly period: number;
  /** Attempts that were held back. */
  readonly blocked: number;
  readonly customers: number;
  readonly sessions: number;
  /** Metrics that were processed more than `lateAfterMs` after they happened. */
  readonly late: number;
  readonly timeToAccept: Durations;
  readonly timeToStart: Durations;
  readonly timeToEngage: Durations;
}

export interface BlockedRow extends ReportGroup {
  readonly period: number;
  readonly reason: string;
  /** Distinct sessions. */
  readonly sessions: number;
  /** Every attempt. */
  readonly count: number;
}

/** A metric that comes later than this after it happened is late. */
export const lateAfterMs = 3_600_000;

/**
 * Where metrics are kept for reports. One writer; `append` calls follow one another. A warehouse can take its place.
 *
 * Errors: `DATA_DIRECTORY_UNUSABLE` when the store cannot be read or written, any method.
 */
export interface ReportStore {
  /** What has been taken, as of the last `append`. */
  offsets(): Promise<StoredOffsets>;
  /**
   * Keeps rows and offsets in one transaction: after a crash all of it is there or nothing. What lies below the stored
   * offset of its partition is dropped, so a batch may be repeated. A metric that is there already is dropped too:
   * the topic may hold it twice, after events were taken in a second time.
   */
  append(batch: ReportBatch): Promise<Appended>;
  /** Rows with anything in them, in no particular order. */
  report(query: ReportQuery): Promise<readonly MetricRow[]>;
  blocked(query: ReportQuery): Promise<readonly BlockedRow[]>;
  /** The action maps that the store knows of a tenant, in order. */
  actionMapIds(tenantId: string): Promise<readonly string[]>;
  /** Forgets what happened before, and frees its space. The offsets stay. */
  retain(fromMs: number): Promise<{ readonly removed: number }>;
  /** Removes metrics that were kept twice all the same (see the store's adapter), and frees space. */
  compact(): Promise<{ readonly removed: number }>;
  /** Everything again from the beginning of the topics: no rows, no offsets. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
