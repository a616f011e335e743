import type { StoredTable, WriteTransaction } from '@offerlock/data-directory';
import type { Tallies, Tally } from '@offerlock/projector';
import type { Series, TenantCounts } from '../page-api.ts';

export type CounterTransaction = Pick<WriteTransaction, 'get' | 'put' | 'remove'>;

/**
 * Durable counts of what became of all records, by tenant. They live in a table of the data directory and nowhere else,
 * so they can be read at once after a restart, and no crash makes them differ from what was committed.
 */
export interface Counters {
  /** Notes where counting begins in a partition; only the first call for it counts. */
  begin(transaction: CounterTransaction, partition: number, offset: bigint): void;
  /** The offset where counting began, null where nothing was counted. Not 0 in a directory that was imported. */
  countedFrom(partition: number): bigint | null;
  /**
   * Adds what became of a batch, inside the transaction that commits the batch. Writes two values per tenant of the
   * batch, whatever the number of its records.
   */
  add(transaction: CounterTransaction, tallies: Tallies): void;
  /** By tenant: the empty text for records of nobody, `otherTenants` for those beyond `tenantsMax`. */
  tenants(): Readonly<Record<string, TenantCounts>>;
  /** Metric events of the last hour. */
  series(): Series;
}

export interface CountersOptions {
  readonly table: StoredTable;
  /** ms since 1970. */
  readonly now: () => number;
  /** Tenants that are counted apart; the ones that come after them are counted together. Default 50. */
  readonly tenantsMax?: number;
}

/** Stands for all tenants beyond the bound. No tenant can be called so. */
export const otherTenants = '*';

export const bucketMs = 10_000;
export const bucketsKept = 360;

const fromPrefix = 'from/';
const totalPrefix = 'total/';
const bucketPrefix = 'bucket/';

type Counts = Record<string, number>;
type MutableCounts = { [Kind in keyof TenantCounts]: Kind extends 'steps' ? Record<string, Counts> : Counts };

export function createCounters({ table, now, tenantsMax = 50 }: CountersOptions): Counters {
  const known = new Set<string>();
  for (const [key] of table.entries(totalPrefix)) known.add(key.slice(totalPrefix.length));
  let prunedBefore = -1;
  const begun = new Set<number>();

  const read = (transaction: CounterTransaction, key: string): unknown => {
    const value = transaction.get(table, key);
    return value === null ? null : JSON.parse(value.toString());
  };
  const write = (transaction: CounterTransaction, key: string, value: unknown): void => {
    transaction.put(table, key, Buffer.from(JSON.stringify(value)));
  };
  const countedAs = (tenantId: string): string => {
    if (known.has(tenantId)) return tenantId;
    if (known.size >= tenantsMax) return otherTenants;
    known.add(tenantId);
    return tenantId;
  };

  function addTo(transaction: CounterTransaction, tenant: string, bucket: number, tally: Tally): void {
    const totalKey = `${totalPrefix}${tenant}`;
    const total = (read(transaction, totalKey) as MutableCounts | null) ?? nothingCounted();
    addTally(total, tally);
    write(transaction, totalKey, total);
    if (tally.metrics.size === 0) return;
    const bucketKey = `${bucketPrefix}${bucketName(bucket)}/${tenant}`;
    const metrics = (read(transaction, bucketKey) as Counts | null) ?? {};
    addCounts(metrics, tally.metrics);
    write(transaction, bucketKey, metrics);
  }

  function prune(transaction: CounterTransaction, oldest: number): void {
    if (prunedBefore === oldest) return;
    prunedBefore = oldest;
    for (const [key] of table.entries(bucketPrefix)) {
      if (bucketOf(key) >= oldest) break;
      transaction.remove(table, key);
    }
  }

  return {
    begin(transaction, partition, offset) {
      if (begun.has(partition)) return;
      const key = `${fromPrefix}${partition}`;
      if (transaction.get(table, key) === null) transaction.put(table, key, Buffer.from(offset.toString()));
      // Looked up once more, should this transaction fail.
      else begun.add(partition);
    },

    countedFrom(partition) {
      const offset = table.get(`${fromPrefix}${partition}`);
      return offset === null ? null : BigInt(offset.toString());
    },

    add(transaction, tallies) {
      const bucket = Math.floor(now() / bucketMs);
      prune(transaction, bucket - bucketsKept + 1);
      for (const [tenantId, tally] of tallies) addTo(transaction, countedAs(tenantId), bucket, tally);
    },

    tenants() {
      // A tenant may have the name of a member of Object: only own properties will do.
      return Object.fromEntries(
        [...table.entries(totalPrefix)].map(([key, value]) => [
          key.slice(totalPrefix.length),
          JSON.parse(value.toString()) as TenantCounts,
        ]),
      );
    },

    series() {
      const newest = Math.floor(now() / bucketMs);
      const oldest = newest - bucketsKept + 1;
      const found = new Map<string, Record<string, number[]>>();
      for (const [key, value] of table.entries(bucketPrefix)) {
        const bucket = bucketOf(key);
        if (bucket < oldest || bucket > newest) continue;
        const tenant = key.slice(bucketPrefix.length + bucketDigits + 1);
        const metrics = found.get(tenant) ?? {};
        found.set(tenant, metrics);
        for (const [metric, count] of Object.entries(JSON.parse(value.toString()) as Counts)) {
          const counts = (metrics[metric] ??= Array.from({ length: bucketsKept }, () => 0));
          counts[bucket - oldest] = count;
        }
      }
      const tenants = Object.fromEntries(found);
      return { bucketMs, fromMs: oldest * bucketMs, tenants };
    },
  };
}

function nothingCounted(): MutableCounts {
  return { outcomes: {}, deadLetters: {}, metrics: {}, steps: {} };
}

function addTally(total: MutableCounts, tally: Tally): void {
  addCounts(total.outcomes, tally.outcomes);
  for (const [reason, { count }] of tally.deadLetters) addCount(total.deadLetters, reason, count);
  addCounts(total.metrics, tally.metrics);
  for (const [mediaType, edges] of tally.steps) addCounts((total.steps[mediaType] ??= {}), edges);
}

function addCounts(counts: Counts, added: ReadonlyMap<string, number>): void {
  for (const [name, count] of added) addCount(counts, name, count);
}

function addCount(counts: Counts, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}

// Fixed width, so that the order of the keys is that of time.
const bucketDigits = 12;

function bucketName(bucket: number): string {
  return String(bucket).padStart(bucketDigits, '0');
}

function bucketOf(key: string): number {
  return Number(key.slice(bucketPrefix.length, bucketPrefix.length + bucketDigits));
}
