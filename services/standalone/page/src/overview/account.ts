import type { Overview } from '@offerlock/standalone';
import { sumOf, totalsOf } from '../shared/counts.ts';

/** The check that no record was lost or counted twice. */
export interface Account {
  /** Records that were folded since counting began. */
  readonly folded: number;
  /** The sum of all outcomes, over all tenants. */
  readonly accounted: number;
  /** Records not folded yet. */
  readonly lag: number;
}

/** Compares the offsets of the log with the outcomes counted. Where counting began, offsets have no gaps. */
export function accountOf(overview: Pick<Overview, 'partitions' | 'tenants'>): Account {
  let folded = 0n;
  let lag = 0n;
  for (const partition of overview.partitions) {
    folded += BigInt(partition.committed) - BigInt(partition.countedFrom);
    lag += BigInt(partition.end) - BigInt(partition.committed);
  }
  const accounted = sumOf(totalsOf(overview.tenants).outcomes);
  return { folded: Number(folded), accounted, lag: Number(lag) };
}

/** How long folded records and outcomes have differed by the same number; null while they are equal. */
export interface Difference {
  readonly records: number;
  readonly sinceMs: number;
}

/** A batch that is just being committed may show in one number before the other; what stays is a mistake. */
const toleratedMs = 5000;

/** Follows the difference from one account to the next. */
export function differenceOf(
  { folded, accounted }: Account,
  before: Difference | null,
  nowMs: number,
): Difference | null {
  const records = accounted - folded;
  if (records === 0) return null;
  return before?.records === records ? before : { records, sinceMs: nowMs };
}

/** Whether records were lost or counted twice. */
export function isMistake(difference: Difference | null, nowMs: number): boolean {
  return difference !== null && nowMs - difference.sinceMs >= toleratedMs;
}
