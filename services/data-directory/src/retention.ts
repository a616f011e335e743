import type { Chunk } from './chunk.ts';
import { chunkKey } from './keys.ts';
import type { PartitionLog } from './partition-log.ts';
import type { StagedTransaction } from './staged-transaction.ts';
import type { Store } from './store.ts';
import type { TopicLog } from './topic-log.ts';

/** What a topic keeps. The newest chunk of a partition stays in any case, so that its end is never forgotten. */
export interface Retention {
  /** Chunks go when their newest record is older. null: however old. */
  readonly retentionMs: number | null;
  /** While all partitions together hold more, the oldest chunk goes. null: however much. */
  readonly retentionBytes: number | null;
}

/** The beginning of a partition, as it would be after what is staged. */
interface Front {
  readonly log: PartitionLog;
  chunk: Chunk;
  readonly gone: Chunk[];
}

/**
 * Stages the deletion of up to `chunksMax` chunks that are due, the oldest of the topic first. Answers whether there may
 * be more.
 */
export function stageRetention(
  transaction: StagedTransaction,
  store: Store,
  topic: TopicLog,
  options: { readonly retention: Retention; readonly nowMs: number; readonly chunksMax: number },
): boolean {
  const { retention, nowMs, chunksMax } = options;
  const fronts = topic.partitions.flatMap((log): Front[] =>
    log.first === null ? [] : [{ log, chunk: log.first, gone: [] }],
  );
  const expiredBefore = retention.retentionMs === null ? -Infinity : nowMs - retention.retentionMs;
  const bytesMax = retention.retentionBytes ?? Infinity;
  let bytes = topic.sizeBytes();
  let deleted = 0;
  for (; deleted < chunksMax; deleted += 1) {
    const front = oldest(fronts);
    if (front === null || (front.chunk.newestTimestampMs >= expiredBefore && bytes <= bytesMax)) break;
    front.gone.push(front.chunk);
    bytes -= front.chunk.bytes.length;
    front.chunk = front.log.chunkAt(front.chunk.lastOffset + 1n) as Chunk;
  }
  for (const { log, chunk, gone } of fronts) {
    if (gone.length === 0) continue;
    const { topic: name, partition } = log.place;
    transaction.change(
      gone.map(({ baseOffset }) => ({
        values: store.chunks,
        key: chunkKey(name, partition, baseOffset),
        value: null,
      })),
      () => log.deletedBefore(chunk),
    );
  }
  return deleted === chunksMax;
}

function oldest(fronts: readonly Front[]): Front | null {
  let found: Front | null = null;
  for (const front of fronts) {
    if (front.chunk.baseOffset === front.log.newest?.baseOffset) continue;
    if (found === null || front.chunk.newestTimestampMs < found.chunk.newestTimestampMs) found = front;
  }
  return found;
}
