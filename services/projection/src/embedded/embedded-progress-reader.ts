import type { ProgressReader } from '../offer-desk.ts';

export interface EmbeddedProgressReaderOptions {
  readonly partitions: number;
  /** First offset that nobody has written yet. */
  readonly endOffset: (partition: number) => bigint;
  /** Next offset to fold: all before it are committed. */
  readonly committedOffset: (partition: number) => bigint;
  /** ms since 1970. */
  readonly now?: () => number;
}

/**
 * The progress of a projector in this process. It needs nobody to note it: each call looks at the log itself. Where the
 * projector has not come to the end, the end of that moment is kept, and the next call sees whether it has come so far.
 */
export function createEmbeddedProgressReader(options: EmbeddedProgressReaderOptions): ProgressReader {
  const { partitions, endOffset, committedOffset, now = Date.now } = options;
  const foldedThroughMs = new Map<number, number>();
  const ahead = new Map<number, { readonly endOffset: bigint; readonly atMs: number }>();

  const look = (partition: number): void => {
    const end = endOffset(partition);
    const committed = committedOffset(partition);
    const sample = ahead.get(partition);
    if (committed >= end) {
      foldedThroughMs.set(partition, now());
      ahead.delete(partition);
      return;
    }
    if (sample !== undefined && committed < sample.endOffset) return;
    if (sample !== undefined) foldedThroughMs.set(partition, sample.atMs);
    ahead.set(partition, { endOffset: end, atMs: now() });
  };

  return {
    progress: async () => {
      for (let partition = 0; partition < partitions; partition += 1) look(partition);
      return { partitions, foldedThroughMs: new Map(foldedThroughMs) };
    },
    close: async () => {},
  };
}
