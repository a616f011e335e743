import {
  BIGINT,
  INTEGER,
  LIST,
  VARCHAR,
  listValue,
  type DuckDBConnection,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  countedMetrics,
  lateAfterMs,
  type BlockedRow,
  type CountedMetric,
  type Durations,
  type MetricRow,
  type ReportDimension,
  type ReportGroup,
  type ReportQuery,
} from '../ports.ts';

type Row = Readonly<Record<string, DuckDBValue>>;

const columnOf: Readonly<Record<ReportDimension, string>> = {
  actionMap: 'action_map_id',
  version: 'action_map_version',
  mediaType: 'media_type',
};

/** Periods begin and end on these, wherever a zone's clocks stand: no zone's offset has been finer since 1972. */
const slotMs = 900_000;

/** What both queries read: the rows of the range with the number of their period, and the columns of the groups. */
function inPeriods(table: string, query: ReportQuery): string {
  const axis = query.timeAxis === 'event' ? 'occurred_at' : 'processed_at';
  const filters = [
    'tenant_id = $tenantId',
    `${axis} >= $from`,
    `${axis} < $to`,
    ...(query.actionMapIds === null ? [] : ['list_contains($actionMapIds, action_map_id)']),
    ...(query.versions === null ? [] : ['list_contains($versions, action_map_version)']),
    ...(query.mediaTypes === null ? [] : ['list_contains($mediaTypes, media_type)']),
  ].join(' AND ');
  if (query.periods.length === 1) return `(SELECT 0 AS period, * FROM ${table} WHERE ${filters})`;
  return `(
    SELECT slots.period, rows.* FROM (FROM ${table} WHERE ${filters}) rows
    JOIN (
      SELECT period - 1 AS period, unnest(generate_series($begins[period] // ${slotMs}, ($ends[period] - 1) // ${slotMs})) AS slot
      FROM (SELECT unnest(generate_series(1, len($begins))) AS period)
    ) slots ON slots.slot = rows.${axis} // ${slotMs}
  )`;
}

function groupsOf(query: ReportQuery): string {
  return ['period', ...query.by.map((dimension) => columnOf[dimension])].join(', ');
}

const longs = (numbers: readonly number[]) => listValue(numbers.map((number) => BigInt(number)));

async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  query: ReportQuery,
): Promise<readonly Row[]> {
  const first = query.periods.at(0);
  const last = query.periods.at(-1);
  if (first === undefined || last === undefined) return [];
  const values: Record<string, DuckDBValue> = {
    tenantId: query.tenantId,
    from: BigInt(first.from),
    to: BigInt(last.to),
    begins: longs(query.periods.map(({ from }) => from)),
    ends: longs(query.periods.map(({ to }) => to)),
    actionMapIds: query.actionMapIds === null ? null : listValue([...query.actionMapIds]),
    versions: query.versions === null ? null : listValue([...query.versions]),
    mediaTypes: query.mediaTypes === null ? null : listValue([...query.mediaTypes]),
  };
  const types = {
    tenantId: VARCHAR,
    from: BIGINT,
    to: BIGINT,
    begins: LIST(BIGINT),
    ends: LIST(BIGINT),
    actionMapIds: LIST(VARCHAR),
    versions: LIST(INTEGER),
    mediaTypes: LIST(VARCHAR),
  };
  // DuckDB refuses values that the statement does not name.
  const named = Object.fromEntries(Object.entries(values).filter(([name]) => sql.includes(`$${name}`)));
  return (await connection.runAndReadAll(sql, named, types)).getRowObjects();
}

const durationsOf = (metric: CountedMetric) =>
  [50, 95].map(
    (percent) =>
      `quantile_disc(millis_since_offered, ${percent / 100}) FILTER (metric = '${metric}') AS ${metric}_p${percent}`,
  );

export async function metricRows(
  connection: DuckDBConnection,
  query: ReportQuery,
): Promise<readonly MetricRow[]> {
  const groups = groupsOf(query);
  const counts = [
    ...countedMetrics.map((metric) => `count(*) FILTER (metric = '${metric}') AS ${metric}`),
    'count(DISTINCT customer_id) AS customers',
    'count(DISTINCT session_id) AS sessions',
    `count(*) FILTER (processed_at - occurred_at > ${lateAfterMs}) AS late`,
    ...(['accepted', 'started', 'engaged'] as const).flatMap(durationsOf),
  ];
  const counted = countedMetrics.map((metric) => `'${metric}'`).join(', ');
  const sql = `
    WITH stepped AS (
      SELECT ${groups}, ${counts.join(', ')} FROM ${inPeriods('metrics', query)} WHERE metric IN (${counted}) GROUP BY ${groups}
    ), held AS (
      SELECT ${groups}, count(*) AS blocked FROM ${inPeriods('blocked_offers', query)} GROUP BY ${groups}
    )
    FROM stepped FULL JOIN held USING (${groups})`;
  return (await rowsOf(connection, sql, query)).map((row) => ({
    ...groupOf(row),
    period: count(row['period']),
    ...(Object.fromEntries(countedMetrics.map((metric) => [metric, count(row[metric])])) as Record<
      CountedMetric,
      number
    >),
    blocked: count(row['blocked']),
    customers: count(row['customers']),
    sessions: count(row['sessions']),
    late: count(row['late']),
    timeToAccept: durationsIn(row, 'accepted'),
    timeToStart: durationsIn(row, 'started'),
    timeToEngage: durationsIn(row, 'engaged'),
  }));
}

export async function blockedRows(
  connection: DuckDBConnection,
  query: ReportQuery,
): Promise<readonly BlockedRow[]> {
  const groups = `${groupsOf(query)}, reason`;
  const sql = `
    SELECT ${groups}, count(DISTINCT session_id) AS sessions, count(*) AS count
    FROM ${inPeriods('blocked_offers', query)} GROUP BY ${groups}`;
  return (await rowsOf(connection, sql, query)).map((row) => ({
    ...groupOf(row),
    period: count(row['period']),
    reason: String(row['reason']),
    sessions: count(row['sessions']),
    count: count(row['count']),
  }));
}

export async function knownActionMaps(
  connection: DuckDBConnection,
  tenantId: string,
): Promise<readonly string[]> {
  const found = await connection.runAndReadAll(
    `SELECT action_map_id FROM (
       SELECT DISTINCT action_map_id FROM metrics WHERE tenant_id = $tenantId
       UNION SELECT DISTINCT action_map_id FROM blocked_offers WHERE tenant_id = $tenantId
     ) ORDER BY ALL`,
    { tenantId },
  );
  return found.getRows().map(([id]) => String(id));
}

function groupOf(row: Row): ReportGroup {
  const actionMapId = row['action_map_id'] ?? null;
  const version = row['action_map_version'] ?? null;
  const mediaType = row['media_type'] ?? null;
  return {
    actionMapId: actionMapId === null ? null : String(actionMapId),
    actionMapVersion: version === null ? null : Number(version),
    mediaType: mediaType === null ? null : String(mediaType),
  };
}

/** Of a side of the join that has nothing, null. */
function count(value: DuckDBValue | undefined): number {
  return value === null || value === undefined ? 0 : Number(value);
}

function durationsIn(row: Row, metric: CountedMetric): Durations {
  const duration = (name: string) => {
    const value = row[`${metric}_${name}`] ?? null;
    return value === null ? null : Number(value);
  };
  return { p50: duration('p50'), p95: duration('p95') };
}
