import { OfferlockError } from '@offerlock/lifecycle';
import type { StoredTopic } from '@offerlock/data-directory';
import { storedRanges, type Passage } from './stored-ranges.ts';

/**
 * Where the records of an events partition lie in a copy of it. A copy has no gaps, so offsets move when the partition
 * has some, or lost its beginning to retention.
 */
export interface OffsetMap {
  /** Records of the partition. */
  readonly records: number;
  /**
   * 1 where records are missing at the beginning: the copy then begins with a placeholder. States remember records that
   * are gone, and must lie below the committed offset all the same, even in a copy that is empty otherwise.
   */
  readonly placeholders: 0 | 1;
  /** Whether every record keeps its offset. */
  readonly isIdentity: boolean;
  /** Of a record. One that is gone has a negative one, for itself, so that a deadline still finds its early event. */
  offsetOf(offset: bigint): bigint;
  /** Like `offsetOf`, for positions, which cannot be negative: records that are gone share the placeholder. */
  positionOffsetOf(offset: bigint): bigint;
  /** Of a place between records: how many lie before it. Error: `OFFSET_OUT_OF_RANGE` outside the partition. */
  committedOffsetOf(offset: bigint): bigint;
}

/** Records that lie one after the other without a gap. */
interface Run {
  readonly begin: bigint;
  /** Records before it. */
  readonly rank: bigint;
}

/** Looks through the partition once. Keeps two numbers per gap. */
export async function mapOffsets(
  topic: StoredTopic,
  partition: number,
  { passed }: Passage,
): Promise<OffsetMap> {
  const { startOffset, endOffset } = topic.bounds(partition);
  const runs: Run[] = [];
  let records = 0n;
  let expected = -1n;
  let from = startOffset;
  for await (const range of storedRanges(topic, partition, startOffset)) {
    for (const { offset } of range.records) {
      if (offset !== expected) runs.push({ begin: offset, rank: records });
      expected = offset + 1n;
      records += 1n;
    }
    passed(Number(range.nextOffset - from));
    from = range.nextOffset;
  }
  const place = { topic: topic.name, partition, startOffset, endOffset };
  return offsetMapOf(runs, records, place);
}

function offsetMapOf(
  runs: readonly Run[],
  records: bigint,
  place: { readonly topic: string; readonly partition: number } & ReturnType<StoredTopic['bounds']>,
): OffsetMap {
  const { startOffset, endOffset } = place;
  const first = runs[0]?.begin ?? endOffset;
  const placeholders = first > 0n ? 1 : 0;

  const recordsBefore = (offset: bigint): bigint => {
    const at = lastBeginningAtOrBefore(runs, offset);
    const run = runs[at];
    if (run === undefined) return 0n;
    const next = runs[at + 1]?.rank ?? records;
    const within = run.rank + offset - run.begin;
    return within < next ? within : next;
  };
  const offsetOf = (offset: bigint): bigint =>
    offset < first ? offset - first : BigInt(placeholders) + recordsBefore(offset);

  return {
    records: Number(records),
    placeholders,
    isIdentity: placeholders === 0 && runs.length <= 1,
    offsetOf,
    positionOffsetOf: (offset) => {
      const moved = offsetOf(offset);
      return moved < 0n ? 0n : moved;
    },
    committedOffsetOf: (offset) => {
      if (offset < startOffset || offset > endOffset) throw outside(offset, place);
      return BigInt(placeholders) + recordsBefore(offset);
    },
  };
}

/** Index of the last run that begins at or before the offset, -1 for none. */
function lastBeginningAtOrBefore(runs: readonly Run[], offset: bigint): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle] as Run).begin <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function outside(
  offset: bigint,
  place: { readonly topic: string; readonly partition: number } & ReturnType<StoredTopic['bounds']>,
): OfferlockError {
  const { topic, partition, startOffset, endOffset } = place;
  return new OfferlockError(
    'OFFSET_OUT_OF_RANGE',
    `${topic}/${partition}: the committed offset ${offset} lies outside the log, which holds ${startOffset} to ${endOffset}: ` +
      'events were deleted before they were processed, and a copy would hide that',
    { details: { topic, partition, offset: String(offset) } },
  );
}
