import { setImmediate as otherEvents } from 'node:timers/promises';
import type { FollowFrom, Following } from '../follow.ts';
import { beginningOf, FollowedTopic, type OnRecords } from '../followed-topic.ts';
import type { LogRecord } from '../ports.ts';

/** A topic of a log in this process. */
export interface LocalTopic {
  readonly partitions: number;
  /** While the log is away nothing is read. */
  isAvailable(): boolean;
  bounds(partition: number): { readonly startOffset: bigint; readonly endOffset: bigint };
  /** Some records from this offset on, or from what is left after it. */
  read(
    partition: number,
    from: bigint,
  ): { readonly records: readonly LogRecord[]; readonly nextOffset: bigint };
  /** Calls back whenever there may be something new to read. Answers with a function that ends it. */
  onChange(listener: () => void): () => void;
}

/** Begins at once, and leaves room for what else the process does between two reads. */
export function followLocal(topic: LocalTopic, from: FollowFrom, onRecords: OnRecords): Following {
  const bounds = Array.from({ length: topic.partitions }, (_, partition) => {
    const { startOffset, endOffset } = topic.bounds(partition);
    return { partition, startOffset, endOffset };
  });
  const followed = new FollowedTopic(onRecords, beginningOf(from, bounds), bounds);
  const sinceMs = typeof from === 'object' && 'timestampMs' in from ? from.timestampMs : -Infinity;
  void run(topic, followed, sinceMs);
  return followed;
}

async function run(topic: LocalTopic, followed: FollowedTopic, sinceMs: number): Promise<void> {
  const { ended } = followed;
  /** Partitions that have not come to the time to begin with. */
  const tooEarly = new Set(followed.positions.keys());
  let hasChanged = true;
  let wake: (() => void) | undefined;
  const changed = (): void => {
    hasChanged = true;
    wake?.();
  };
  const unsubscribe = topic.onChange(changed);
  ended.addEventListener('abort', changed);

  const readSome = async (partition: number): Promise<void> => {
    const from = followed.positionOf(partition);
    if (ended.aborted || !topic.isAvailable() || from >= topic.bounds(partition).endOffset) return;
    const { records, nextOffset } = topic.read(partition, from);
    const begin = tooEarly.has(partition)
      ? records.findIndex(({ timestampMs }) => timestampMs >= sinceMs)
      : 0;
    if (begin >= 0) tooEarly.delete(partition);
    await followed.deliver(partition, begin < 0 ? [] : records.slice(begin), nextOffset);
    hasChanged ||= nextOffset > from;
  };

  try {
    while (!ended.aborted) {
      if (!hasChanged) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      hasChanged = false;
      for (const partition of followed.positions.keys()) await readSome(partition);
      await otherEvents();
    }
  } catch (error) {
    followed.fail(error);
  } finally {
    unsubscribe();
  }
}
