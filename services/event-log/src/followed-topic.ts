import { OfferlockError } from '@offerlock/lifecycle';
import type { FollowFrom, Following, TopicFollower } from './follow.ts';
import type { LogRecord } from './ports.ts';

export type OnRecords = Parameters<TopicFollower['follow']>[2];

/** What a partition holds when it begins to be followed. */
export interface FollowedBounds {
  readonly partition: number;
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

/** Where to begin in each partition; a time stands for the start here, since each log finds its offsets its own way. */
export function beginningOf(from: FollowFrom, bounds: readonly FollowedBounds[]): Map<number, bigint> {
  return new Map(
    bounds.map(({ partition, startOffset, endOffset }) => {
      if (from === 'end') return [partition, endOffset];
      const wanted = typeof from === 'object' && 'offsets' in from ? from.offsets.get(partition) : undefined;
      return [partition, wanted !== undefined && wanted > startOffset ? wanted : startOffset];
    }),
  );
}

interface Waiting {
  /** The ends to be reached, of the partitions that have not. */
  readonly ends: Map<number, bigint>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How far one call of `follow` has come, whatever log it follows: who reads the log brings the records here. */
export class FollowedTopic implements Following {
  readonly caughtUp: Promise<void>;
  readonly done: Promise<void>;
  readonly #onRecords: OnRecords;
  readonly #positions: Map<number, bigint>;
  readonly #waiting = new Set<Waiting>();
  readonly #ending = new AbortController();
  /** Why it ended, once it has. */
  #end: { readonly error: unknown } | null = null;
  #inHand: Promise<void> = Promise.resolve();
  #settleDone!: { resolve: () => void; reject: (error: unknown) => void };

  constructor(
    onRecords: OnRecords,
    positions: ReadonlyMap<number, bigint>,
    bounds: readonly FollowedBounds[],
  ) {
    this.#onRecords = onRecords;
    this.#positions = new Map(positions);
    this.caughtUp = this.reaches(bounds);
    this.done = new Promise((resolve, reject) => {
      this.#settleDone = { resolve, reject };
    });
    // Who does not wait for it learns of a failure from `done`.
    this.caughtUp.catch(() => {});
  }

  /** Aborts when nothing more is wanted. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  /** Where each partition goes on. */
  get positions(): ReadonlyMap<number, bigint> {
    return this.#positions;
  }

  positionOf(partition: number): bigint {
    return this.#positions.get(partition) ?? 0n;
  }

  /** Resolves once everything below these ends has been taken; rejects when it ends before. */
  async reaches(ends: readonly Pick<FollowedBounds, 'partition' | 'endOffset'>[]): Promise<void> {
    if (this.#end !== null) throw this.#end.error;
    const open = ends.filter(({ partition, endOffset }) => this.positionOf(partition) < endOffset);
    if (open.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      const ahead = new Map(open.map(({ partition, endOffset }) => [partition, endOffset]));
      this.#waiting.add({ ends: ahead, resolve, reject });
    });
  }

  /** Hands over what has not been yet; one call at a time. `nextOffset` is where to go on after these records. */
  async deliver(partition: number, records: readonly LogRecord[], nextOffset: bigint): Promise<void> {
    // A reader that crashed may have left a call in hand to the next one.
    await this.#inHand;
    if (this.ended.aborted) return;
    const position = this.positionOf(partition);
    const wanted = records
      .filter(({ offset }) => offset >= position)
      .map((record) => Object.assign({ partition }, record));
    if (wanted.length > 0) {
      const call = (async () => this.#onRecords(wanted))();
      this.#inHand = call.catch(() => {});
      try {
        await call;
      } catch (error) {
        this.fail(error);
        return;
      }
    }
    this.advance(partition, nextOffset);
  }

  /** Nothing that anybody may see lies before this offset. */
  advance(partition: number, nextOffset: bigint): void {
    if (nextOffset <= this.positionOf(partition)) return;
    this.#positions.set(partition, nextOffset);
    for (const waiting of this.#waiting) {
      const end = waiting.ends.get(partition);
      if (end === undefined || nextOffset < end) continue;
      waiting.ends.delete(partition);
      if (waiting.ends.size > 0) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  fail(error: unknown): void {
    this.#endWith(error);
    this.#settleDone.reject(error);
  }

  async stop(): Promise<void> {
    this.#endWith(new OfferlockError('LOG_UNAVAILABLE', 'the topic is not followed any more'));
    await this.#inHand;
    this.#settleDone.resolve();
  }

  #endWith(error: unknown): void {
    this.#end ??= { error };
    this.#ending.abort();
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}
