import type { Overview } from '@offerlock/standalone';
import { sumOf, totalsOf } from '../shared/counts.ts';

/** The check that no record was lost or counted twice. */
export interface Account {
  /** Records that lie in the log and are folded. */
  readonly folded: number;
  /** The sum of all outcomes, over all tenants. */
  readonly accounted: number;
  /** Records not folded yet. */
  readonly lag: number;
  readonly balanced: boolean;
}

/** Compares the offsets of the log with the outcomes counted. Offsets begin at 0 and have no gaps. */
export function accountOf(overview: Pick<Overview, 'partitions' | 'tenants'>): Account {
  let folded = 0n;
  let lag = 0n;
  for (const partition of overview.partitions) {
    folded += BigInt(partition.committed);
    lag += BigInt(partition.end) - BigInt(partition.committed);
  }
  const accounted = sumOf(totalsOf(overview.tenants).outcomes);
  return {
    folded: Number(folded),
    accounted,
    lag: Number(lag),
    balanced: Number(folded) === accounted,
  };
}
