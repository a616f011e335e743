import { setImmediate as otherEvents } from 'node:timers/promises';
import type { StoredRange, StoredTopic } from '@offerlock/data-directory';
import type { Terminal } from '../ports.ts';
import { TransferStopped } from './transfer-refused.ts';

/** What goes on while a command moves records. */
export interface Passage {
  /** So many more offsets are done with. Throws `TransferStopped` once the person wants the command to end. */
  passed(offsets: number): void;
}

const limits = { recordsMax: 1_000, bytesMax: 1_048_576 };

/** A partition from an offset to its end, in pieces that fit into memory. */
export async function* storedRanges(
  topic: StoredTopic,
  partition: number,
  fromOffset: bigint,
): AsyncGenerator<StoredRange> {
  const { startOffset, endOffset } = topic.bounds(partition);
  for (let next = fromOffset > startOffset ? fromOffset : startOffset; next < endOffset;) {
    const range = topic.read(partition, next, limits);
    next = range.nextOffset;
    yield range;
    // Reads come from memory: without a pause nobody could interrupt a long row of them.
    await otherEvents();
  }
}

/** Does the work with a progress bar for `total` offsets. */
export async function withPassage<Result>(
  terminal: Terminal,
  stop: AbortSignal,
  label: string,
  total: number,
  work: (passage: Passage) => Promise<Result>,
): Promise<Result> {
  const progress = terminal.progress(label, total);
  let done = 0;
  const passed = (offsets: number): void => {
    done += offsets;
    progress.update(done);
    if (stop.aborted) throw new TransferStopped('stopped');
  };
  try {
    return await work({ passed });
  } finally {
    progress.end();
  }
}
