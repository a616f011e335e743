import {
  countedMetrics,
  type BlockedRow,
  type Durations,
  type MetricRow,
  type Period,
  type ReportGroup,
  type ReportStore,
} from '../ports.ts';
import { localTime } from './periods.ts';
import type { ReportRequest } from './report-request.ts';

/** A row's time as a report shows it: in the clocks of its zone, with their offset; `to` is not in it. */
export interface ShownPeriod {
  readonly from: string;
  readonly to: string;
  /** It was not over when the report was made: its numbers will grow. */
  readonly partial: boolean;
}

/** Of the action maps report. Shares are from 0 to 1; null where they would be divided by 0. */
export interface ReportRow extends ShownPeriod, ReportGroup, Omit<MetricRow, 'period' | keyof ReportGroup> {
  readonly offeredShare: number | null;
  readonly acceptedShare: number | null;
  readonly engagedShare: number | null;
}

export interface BlockedReportRow extends ShownPeriod, Omit<BlockedRow, 'period'> {}

export interface Report<Row> {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly timeAxis: string;
  readonly granularity: string;
  /** When it was made. */
  readonly madeAt: string;
  /** By time, then by group. */
  readonly rows: readonly Row[];
}

const nothing: Durations = { p50: null, p95: null };
const everything: ReportGroup = { actionMapId: null, actionMapVersion: null, mediaType: null };

/**
 * The Action Map Performance report. Every period has a row for every group that has one anywhere in the range, so that a
 * chart has no holes; without groups, every period has its one row.
 */
export async function actionMapsReport(
  store: ReportStore,
  request: ReportRequest,
  now: number,
): Promise<Report<ReportRow>> {
  const found = await store.report(request.query);
  const rows = new Map(found.map((row) => [`${row.period} ${groupKey(row)}`, row]));
  const groups = request.query.by.length === 0 ? [everything] : distinctGroups(found);
  return {
    ...headOf(request, now),
    rows: request.query.periods.flatMap((period, index) =>
      groups.map((group) => ({
        ...shown(request, period, now),
        ...shareRow(rows.get(`${index} ${groupKey(group)}`) ?? emptyRow(index, group)),
      })),
    ),
  };
}

/** Blocked offers by reason: a row for every period and group that has any. */
export async function blockedReport(
  store: ReportStore,
  request: ReportRequest,
  now: number,
): Promise<Report<BlockedReportRow>> {
  const found = await store.blocked(request.query);
  const sorted = found.toSorted(
    (a, b) => a.period - b.period || compareGroups(a, b) || compareText(a.reason, b.reason),
  );
  return {
    ...headOf(request, now),
    rows: sorted.flatMap(({ period, ...row }) => {
      const span = request.query.periods[period];
      return span === undefined ? [] : [{ ...shown(request, span, now), ...row }];
    }),
  };
}

function headOf(request: ReportRequest, now: number): Omit<Report<never>, 'rows'> {
  return {
    from: localTime(request.clock, request.range.from),
    to: localTime(request.clock, request.range.to),
    timeZone: request.timeZone,
    timeAxis: request.query.timeAxis,
    granularity: request.granularity,
    madeAt: new Date(now).toISOString(),
  };
}

function shown(request: ReportRequest, { from, to }: Period, now: number): ShownPeriod {
  return { from: localTime(request.clock, from), to: localTime(request.clock, to), partial: to > now };
}

const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);

function shareRow(found: MetricRow): Omit<ReportRow, keyof ShownPeriod> {
  const { period: _, ...row } = found;
  return {
    ...row,
    offeredShare: share(row.offered, row.qualified),
    acceptedShare: share(row.accepted, row.offered),
    engagedShare: share(row.engaged, row.accepted),
  };
}

function emptyRow(period: number, group: ReportGroup): MetricRow {
  const zeros = Object.fromEntries(countedMetrics.map((metric) => [metric, 0])) as Record<
    (typeof countedMetrics)[number],
    number
  >;
  const { actionMapId, actionMapVersion, mediaType } = group;
  return {
    period,
    actionMapId,
    actionMapVersion,
    mediaType,
    ...zeros,
    blocked: 0,
    customers: 0,
    sessions: 0,
    late: 0,
    timeToAccept: nothing,
    timeToStart: nothing,
    timeToEngage: nothing,
  };
}

function distinctGroups(rows: readonly ReportGroup[]): readonly ReportGroup[] {
  return [...new Map(rows.map((row) => [groupKey(row), row])).values()].toSorted(compareGroups);
}

function groupKey({ actionMapId, actionMapVersion, mediaType }: ReportGroup): string {
  return JSON.stringify([actionMapId, actionMapVersion, mediaType]);
}

function compareGroups(a: ReportGroup, b: ReportGroup): number {
  return (
    compareText(a.actionMapId ?? '', b.actionMapId ?? '') ||
    (a.actionMapVersion ?? 0) - (b.actionMapVersion ?? 0) ||
    compareText(a.mediaType ?? '', b.mediaType ?? '')
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
