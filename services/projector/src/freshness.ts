import type { EventLog, PartitionStatus } from '@offerlock/event-log';
import type { ProjectionStore } from '@offerlock/projection';
import type { Logger } from 'pino';

export interface FreshnessParts {
  readonly eventLog: Pick<EventLog, 'endOffsets'>;
  readonly store: Pick<ProjectionStore, 'noteFolded'>;
  /** Of the projector: what is before their next offset is committed. */
  readonly partitions: () => readonly Pick<PartitionStatus, 'partition' | 'nextOffset'>[];
  readonly clock: {
    /** ms since 1970. */
    now(): number;
    /** Resolves after `ms`, or as soon as the signal aborts. */
    sleep(ms: number, signal: AbortSignal): Promise<void>;
  };
  readonly logger: Logger;
}

/** The end of a partition as it was at a time. */
interface Sample {
  readonly endOffset: bigint;
  readonly atMs: number;
}

const noteEveryMs = 500;

/** So many ends are kept of a partition that is behind. They are half a minute; older ones tell nobody anything. */
const samplesMax = 64;

/**
 * Notes, until the signal aborts, how far the partitions of this projector are folded: it looks at their ends, and once
 * the committed offset has come to an end, everything that was in the log when it looked is folded. Never rejects.
 */
export async function noteFreshness(parts: FreshnessParts, signal: AbortSignal): Promise<void> {
  const { eventLog, store, partitions, clock, logger } = parts;
  const samples = new Map<number, Sample[]>();
  let isFailing = false;

  const note = async (): Promise<void> => {
    if (partitions().length === 0) return;
    const atMs = clock.now();
    const ends = await eventLog.endOffsets();
    const assigned = partitions();
    for (const partition of samples.keys()) {
      if (!assigned.some((one) => one.partition === partition)) samples.delete(partition);
    }
    const folded = new Map<number, number>();
    for (const { partition, nextOffset } of assigned) {
      const ahead = samples.get(partition) ?? [];
      samples.set(partition, ahead);
      const endOffset = ends.get(partition);
      if (endOffset !== undefined) add(ahead, { endOffset, atMs });
      const reached = nextOffset === null ? [] : takeReached(ahead, nextOffset);
      const last = reached.at(-1);
      if (last !== undefined) folded.set(partition, last.atMs);
    }
    if (folded.size > 0) await store.noteFolded(folded);
  };

  while (!signal.aborted) {
    try {
      await note();
      isFailing = false;
    } catch (error) {
      // Whatever it is, others meet it too and tell it louder.
      if (!isFailing) logger.debug({ err: error }, 'could not note how far the partitions are folded');
      isFailing = true;
    }
    await clock.sleep(noteEveryMs, signal);
  }
}

function add(ahead: Sample[], sample: Sample): void {
  const last = ahead.at(-1);
  // Nothing came in between: what brings the projector to that end brings it to this time.
  if (last?.endOffset === sample.endOffset) ahead[ahead.length - 1] = sample;
  else if (ahead.length < samplesMax) ahead.push(sample);
}

function takeReached(ahead: Sample[], nextOffset: bigint): readonly Sample[] {
  const missing = ahead.findIndex(({ endOffset }) => endOffset > nextOffset);
  return ahead.splice(0, missing === -1 ? ahead.length : missing);
}
