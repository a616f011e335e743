import type { DuckDBConnection } from '@duckdb/node-api';
import { OfferlockError } from '@offerlock/lifecycle';

/** Of the tables below. Another format is another number; a store says which it has. */
const formatVersion = 1;

/**
 * Rows lie in the order in which they came, which is nearly that of time, so that a query reads only the blocks of its
 * range. There is no index: one on metric ids would have to be held in memory.
 */
const tables = `
  CREATE TABLE offerlock_format (version INTEGER NOT NULL);
  INSERT INTO offerlock_format VALUES (${formatVersion});
  CREATE TABLE offsets (
    topic VARCHAR NOT NULL, "partition" INTEGER NOT NULL, next_offset BIGINT NOT NULL,
    PRIMARY KEY (topic, "partition")
  );
  CREATE TABLE metrics (
    metric_id UUID NOT NULL, metric VARCHAR NOT NULL, tenant_id VARCHAR NOT NULL,
    customer_id VARCHAR NOT NULL, session_id VARCHAR NOT NULL, action_map_id VARCHAR NOT NULL,
    action_map_version INTEGER NOT NULL, media_type VARCHAR NOT NULL, millis_since_offered BIGINT,
    occurred_at BIGINT NOT NULL, processed_at BIGINT NOT NULL
  );
  CREATE TABLE blocked_offers (
    tenant_id VARCHAR NOT NULL, session_id VARCHAR NOT NULL, action_map_id VARCHAR NOT NULL,
    action_map_version INTEGER NOT NULL, media_type VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    blocking_action_map_id VARCHAR, occurred_at BIGINT NOT NULL, processed_at BIGINT NOT NULL
  );
`;

const expectedColumns = {
  offsets: 'topic,partition,next_offset',
  metrics:
    'metric_id,metric,tenant_id,customer_id,session_id,action_map_id,action_map_version,media_type,millis_since_offered,occurred_at,processed_at',
  blocked_offers:
    'tenant_id,session_id,action_map_id,action_map_version,media_type,reason,blocking_action_map_id,occurred_at,processed_at',
} as const;

/** Makes the tables of a new file; of an old one it checks that they are those that this version reads. */
export async function openSchema(connection: DuckDBConnection, path: string): Promise<void> {
  const columns = await connection.runAndReadAll(`
    SELECT table_name, string_agg(column_name, ',' ORDER BY ordinal_position)
    FROM information_schema.columns WHERE table_catalog = current_database() GROUP BY table_name`);
  const found = new Map(columns.getRows().map(([table, names]) => [String(table), String(names)]));
  if (found.size === 0) {
    await connection.run(`BEGIN; ${tables} COMMIT;`);
    return;
  }
  if (found.get('offerlock_format') !== 'version') {
    throw unusable(path, 'it is a DuckDB file, but no report store of Offerlock');
  }
  const versions = (await connection.runAndReadAll('SELECT version FROM offerlock_format')).getRows();
  const version = Number(versions[0]?.[0]);
  if (versions.length !== 1 || !Number.isInteger(version)) {
    throw unusable(path, 'it does not say which format it has');
  }
  if (version !== formatVersion) {
    throw new OfferlockError(
      'DATA_FORMAT_UNSUPPORTED',
      `the report store ${path} has format ${version}, this version reads ${formatVersion}: ` +
        'use the version of Offerlock that wrote it, or remove the file, and it is built again from the topics',
      { details: { path, version } },
    );
  }
  for (const [table, names] of Object.entries(expectedColumns)) {
    if (found.get(table) === names) continue;
    throw unusable(
      path,
      `its table ${table} has the columns ${found.get(table) ?? '(none)'}, expected ${names}`,
    );
  }
}

export function unusable(path: string, what: string, cause?: unknown): OfferlockError {
  return new OfferlockError(
    'DATA_DIRECTORY_UNUSABLE',
    `the report store ${path} cannot be used: ${what}; restore it from a backup, or remove it, and it is built again from the topics`,
    { details: { path }, cause },
  );
}
