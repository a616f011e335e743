import { structureDamaged } from './lmdb-errors.ts';
import { seal, unseal } from './sealed.ts';
import type { Change, Store } from './store.ts';

/** Up to where a partition is settled. */
export interface SettledEnd {
  /** Of the first record that is not. */
  readonly offset: bigint;
  /** `bytesUpTo` of the chunks before it when they were settled. */
  readonly bytesUpTo: number;
}

/**
 * The part of a compacted topic whose keys are in the key index. What comes after it in a partition is the tail. Its
 * records are counted so that those nobody refers to any more, which newer ones have replaced, can be told by their number.
 */
export interface SettledPart {
  readonly ends: readonly SettledEnd[];
  readonly records: number;
  readonly bytes: number;
}

const keyOf = (topic: string) => Buffer.from(`settled ${topic}`);

/** Error: `LOG_CORRUPT`. */
export function loadSettledPart(store: Store, topic: string, partitionCount: number): SettledPart {
  const key = keyOf(topic);
  const bytes = store.get(store.meta, key);
  if (bytes === null) {
    const ends = Array.from({ length: partitionCount }, () => ({ offset: 0n, bytesUpTo: 0 }));
    return { ends, records: 0, bytes: 0 };
  }
  const content = unseal(key, bytes);
  if (content === null) {
    throw structureDamaged(store.file, `the checksum of what it tells about topic ${topic} is wrong`);
  }
  const parsed = JSON.parse(content.toString()) as Omit<SettledPart, 'ends'> & {
    readonly ends: readonly { readonly offset: string; readonly bytesUpTo: number }[];
  };
  const ends = parsed.ends.map(({ offset, bytesUpTo }) => ({ offset: BigInt(offset), bytesUpTo }));
  return { ...parsed, ends };
}

export function settledPartChange(store: Store, topic: string, part: SettledPart): Change {
  const key = keyOf(topic);
  const json = JSON.stringify(part, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return { values: store.meta, key, value: seal(key, Buffer.from(json)) };
}
