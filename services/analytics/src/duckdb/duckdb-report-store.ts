import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { OfferlockError } from '@offerlock/lifecycle';
import type { ReportStore, ReportTopic, StoredOffsets } from '../ports.ts';
import { appendRows, makeStaging } from './append.ts';
import { blockedRows, knownActionMaps, metricRows } from './queries.ts';
import { openSchema, unusable } from './schema.ts';

export interface DuckDbReportStoreOptions {
  /** The file; made when it is not there, its directory is not. `:memory:` keeps nothing. */
  readonly path: string;
  /** What the database may hold in memory, in MiB; what a query needs beyond it goes to files beside the store. */
  readonly memoryMaxMiB?: number;
  readonly threads?: number;
}

const memoryDefaultMiB = 1_024;

/**
 * A report store in one file. Only one process may have it open. It is written through a log of its own beside the file
 * (`.wal`), so that it survives the end of the process at any moment.
 *
 * Errors: `DATA_DIRECTORY_IN_USE`, `DATA_FORMAT_UNSUPPORTED`, `DATA_DIRECTORY_UNUSABLE`.
 */
export async function openDuckDbReportStore(options: DuckDbReportStoreOptions): Promise<ReportStore> {
  const { path } = options;
  const instance = await openInstance(options);
  let writer: DuckDBConnection;
  let reader: DuckDBConnection;
  try {
    writer = await instance.connect();
    reader = await instance.connect();
    await openSchema(writer, path);
    await makeStaging(writer);
  } catch (error) {
    instance.closeSync();
    throw error instanceof OfferlockError ? error : unusable(path, messageOf(error), error);
  }

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof OfferlockError ? error : unusable(path, messageOf(error), error);
    }
  };
  /** One after the other: a connection has one transaction at a time. */
  let lastWrite: Promise<unknown> = Promise.resolve();
  const inTransaction = <T>(work: () => Promise<T>): Promise<T> => {
    const write = lastWrite.then(() =>
      guarded(async () => {
        await writer.run('BEGIN');
        try {
          const result = await work();
          await writer.run('COMMIT');
          return result;
        } catch (error) {
          await writer.run('ROLLBACK').catch(() => undefined);
          throw error;
        }
      }),
    );
    lastWrite = write.catch(() => undefined);
    return write;
  };
  const removing = async (statements: readonly string[]): Promise<{ removed: number }> => {
    const removed = await inTransaction(async () => {
      let rows = 0;
      for (const statement of statements) rows += (await writer.run(statement)).rowsChanged;
      return rows;
    });
    await guarded(() => writer.run('CHECKPOINT'));
    return { removed };
  };
  const closeAll = async (): Promise<void> => {
    await lastWrite;
    writer.closeSync();
    reader.closeSync();
    instance.closeSync();
  };
  let closed: Promise<void> | null = null;

  return {
    offsets: () => guarded(() => readOffsets(reader)),
    append: (batch) =>
      inTransaction(async () => {
        const { metrics, blockedOffers } = await appendRows(writer, batch);
        await writeOffsets(writer, batch.nextOffsets);
        const given = batch.metrics.length + batch.blockedOffers.length;
        return { metrics, blockedOffers, repeated: given - metrics - blockedOffers };
      }),
    report: (query) => guarded(() => metricRows(reader, query)),
    blocked: (query) => guarded(() => blockedRows(reader, query)),
    actionMapIds: (tenantId) => guarded(() => knownActionMaps(reader, tenantId)),
    retain: (fromMs) =>
      removing(
        ['metrics', 'blocked_offers'].map(
          (table) => `DELETE FROM ${table} WHERE occurred_at < ${Math.trunc(fromMs)}`,
        ),
      ),
    compact: () =>
      removing([
        `DELETE FROM metrics WHERE rowid IN (
           SELECT unnest(list_sort(list(rowid))[2:]) FROM metrics GROUP BY metric_id HAVING count(*) > 1)`,
      ]),
    clear: async () => {
      await removing(['metrics', 'blocked_offers', 'offsets'].map((table) => `DELETE FROM ${table}`));
    },
    close: () => (closed ??= closeAll()),
  };
}

async function openInstance(options: DuckDbReportStoreOptions): Promise<DuckDBInstance> {
  const { path, memoryMaxMiB = memoryDefaultMiB, threads = 2 } = options;
  try {
    return await DuckDBInstance.create(path, {
      memory_limit: `${memoryMaxMiB}MiB`,
      threads: String(threads),
      // Rows come in order of time, and answers say their own order.
      preserve_insertion_order: 'true',
      autoinstall_known_extensions: 'false',
      checkpoint_threshold: '256MiB',
    });
  } catch (error) {
    const message = messageOf(error);
    if (message.includes('Could not set lock')) {
      throw new OfferlockError(
        'DATA_DIRECTORY_IN_USE',
        `the report store ${path} is open in another process: end that one, or name another file`,
        { details: { path }, cause: error },
      );
    }
    throw unusable(path, message, error);
  }
}

async function readOffsets(connection: DuckDBConnection): Promise<StoredOffsets> {
  const rows = (
    await connection.runAndReadAll('SELECT topic, "partition", next_offset FROM offsets')
  ).getRows();
  const of = (wanted: ReportTopic) =>
    new Map(
      rows
        .filter(([topic]) => topic === wanted)
        .map(([, partition, nextOffset]) => [Number(partition), BigInt(String(nextOffset))]),
    );
  return { metrics: of('metrics'), blockedOffers: of('blockedOffers') };
}

async function writeOffsets(connection: DuckDBConnection, offsets: StoredOffsets): Promise<void> {
  for (const [topic, partitions] of Object.entries(offsets) as [ReportTopic, ReadonlyMap<number, bigint>][]) {
    for (const [partition, nextOffset] of partitions) {
      await connection.run(
        `INSERT INTO offsets VALUES ($topic, $partition, $nextOffset)
         ON CONFLICT DO UPDATE SET next_offset = greatest(next_offset, excluded.next_offset)`,
        { topic, partition, nextOffset },
      );
    }
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}
