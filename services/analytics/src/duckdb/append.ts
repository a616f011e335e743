import {
  BIGINT,
  DuckDBDataChunk,
  INTEGER,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ReportBatch, StoredBlockedOffer, StoredMetric } from '../ports.ts';

/** DuckDB's own size of a chunk. */
const chunkRows = 2_048;

interface StagedColumn<Row> {
  readonly name: string;
  readonly type: DuckDBType;
  readonly value: (row: Row) => DuckDBValue;
}

interface Staging<Row> {
  readonly table: string;
  readonly columns: readonly StagedColumn<Row>[];
}

const text = <Row>(name: string, value: (row: Row) => string | null): StagedColumn<Row> => ({
  name,
  type: VARCHAR,
  value,
});
const integer = <Row>(name: string, value: (row: Row) => number): StagedColumn<Row> => ({
  name,
  type: INTEGER,
  value,
});
const long = <Row>(name: string, value: (row: Row) => bigint | null): StagedColumn<Row> => ({
  name,
  type: BIGINT,
  value,
});

const stagedMetrics: Staging<StoredMetric> = {
  table: 'staged_metrics',
  columns: [
    integer('partition', (row) => row.partition),
    long('offset', (row) => row.offset),
    text('metric_id', ({ metric }) => metric.metricId),
    text('metric', ({ metric }) => metric.metric),
    text('tenant_id', ({ metric }) => metric.tenantId),
    text('customer_id', ({ metric }) => metric.customerId),
    text('session_id', ({ metric }) => metric.sessionId),
    text('action_map_id', ({ metric }) => metric.actionMapId),
    integer('action_map_version', ({ metric }) => metric.actionMapVersion),
    text('media_type', ({ metric }) => metric.actionMediaType),
    long('millis_since_offered', ({ metric }) =>
      metric.millisSinceOffered === null ? null : BigInt(metric.millisSinceOffered),
    ),
    long('occurred_at', ({ metric }) => BigInt(metric.occurredAt)),
    long('processed_at', ({ metric }) => BigInt(metric.processedAt)),
  ],
};

const stagedBlockedOffers: Staging<StoredBlockedOffer> = {
  table: 'staged_blocked_offers',
  columns: [
    integer('partition', (row) => row.partition),
    long('offset', (row) => row.offset),
    text('tenant_id', ({ blockedOffer }) => blockedOffer.tenantId),
    text('session_id', ({ blockedOffer }) => blockedOffer.sessionId),
    text('action_map_id', ({ blockedOffer }) => blockedOffer.actionMapId),
    integer('action_map_version', ({ blockedOffer }) => blockedOffer.actionMapVersion),
    text('media_type', ({ blockedOffer }) => blockedOffer.actionMediaType),
    text('reason', ({ blockedOffer }) => blockedOffer.reason),
    text('blocking_action_map_id', ({ blockedOffer }) => blockedOffer.blockingActionMapId),
    long('occurred_at', ({ blockedOffer }) => BigInt(blockedOffer.occurredAt)),
    long('processed_at', (row) => BigInt(row.loggedAt)),
  ],
};

const notTaken = (topic: string) => `
  NOT EXISTS (FROM offsets WHERE topic = '${topic}' AND "partition" = staged."partition" AND next_offset > staged."offset")`;

/**
 * The same metric again has the same time, as it comes from the same event: only what lies within the times of the
 * batch is compared, which is the newest few blocks in everyday life.
 */
const moveMetrics = `
  INSERT INTO metrics
  WITH fresh AS (
    SELECT staged.* REPLACE (staged.metric_id::UUID AS metric_id) FROM temp.staged_metrics staged
    WHERE ${notTaken('metrics')}
    QUALIFY row_number() OVER (PARTITION BY staged.metric_id ORDER BY "partition", "offset") = 1
  )
  SELECT fresh.* EXCLUDE ("partition", "offset") FROM fresh
  ANTI JOIN (
    SELECT metric_id FROM metrics WHERE occurred_at BETWEEN $first AND $last
  ) known ON known.metric_id = fresh.metric_id`;

const moveBlockedOffers = `
  INSERT INTO blocked_offers
  SELECT staged.* EXCLUDE ("partition", "offset") FROM temp.staged_blocked_offers staged
  WHERE ${notTaken('blockedOffers')}`;

/** To be called once for a connection, before `appendRows`. */
export async function makeStaging(connection: DuckDBConnection): Promise<void> {
  for (const { table, columns } of [stagedMetrics, stagedBlockedOffers]) {
    const described = columns.map(({ name, type }) => `"${name}" ${type.toString()}`).join(', ');
    await connection.run(`CREATE TEMP TABLE ${table} (${described})`);
  }
}

/** Moves the rows of a batch into the tables; within the transaction of the caller. */
export async function appendRows(
  connection: DuckDBConnection,
  batch: ReportBatch,
): Promise<{ metrics: number; blockedOffers: number }> {
  let metrics = 0;
  let blockedOffers = 0;
  if (batch.metrics.length > 0) {
    await stage(connection, stagedMetrics, batch.metrics);
    let [first, last] = [Infinity, -Infinity];
    for (const { metric } of batch.metrics) {
      first = Math.min(first, metric.occurredAt);
      last = Math.max(last, metric.occurredAt);
    }
    const moved = await connection.run(moveMetrics, { first: BigInt(first), last: BigInt(last) });
    metrics = moved.rowsChanged;
    await connection.run('DELETE FROM temp.staged_metrics');
  }
  if (batch.blockedOffers.length > 0) {
    await stage(connection, stagedBlockedOffers, batch.blockedOffers);
    blockedOffers = (await connection.run(moveBlockedOffers)).rowsChanged;
    await connection.run('DELETE FROM temp.staged_blocked_offers');
  }
  return { metrics, blockedOffers };
}

async function stage<Row>(
  connection: DuckDBConnection,
  { table, columns }: Staging<Row>,
  rows: readonly Row[],
): Promise<void> {
  const appender = await connection.createAppender(table, 'main', 'temp');
  try {
    const types = columns.map(({ type }) => type);
    for (let begin = 0; begin < rows.length; begin += chunkRows) {
      const part = rows.slice(begin, begin + chunkRows);
      const chunk = DuckDBDataChunk.create(types, part.length);
      chunk.setColumns(columns.map(({ value }) => part.map(value)));
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}
