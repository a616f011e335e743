import type { EventSink, SinkRecord } from '@offerlock/event-log';
import { HttpProblem } from '@offerlock/server';

export interface AppendQueueOptions {
  /** Records that may wait for the log at the same time. */
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** Of events that are a few hundred bytes each; it takes a log that stands still some seconds to fill it. */
export const appendQueueDefaults: AppendQueueOptions = { recordsMax: 20_000, bytesMax: 32 * 1_024 * 1_024 };

/** Bounds what waits for the log, so that a log that is slow or down costs no more memory than that. */
export interface AppendQueue {
  /** Records that wait now. */
  readonly waiting: number;
  /** Resolves when the log has them. Error: 503 `OVERLOADED` with `Retry-After` when too many wait already. */
  append(records: readonly SinkRecord[]): Promise<void>;
}

export function createAppendQueue(
  sink: Pick<EventSink, 'append'>,
  { recordsMax, bytesMax }: AppendQueueOptions,
): AppendQueue {
  let waiting = 0;
  let waitingBytes = 0;
  return {
    get waiting() {
      return waiting;
    },
    async append(records) {
      const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      if (waiting + records.length > recordsMax || waitingBytes + bytes > bytesMax) {
        const detail = `${waiting} events wait for the log already; try again`;
        throw new HttpProblem(503, 'OVERLOADED', detail, { headers: { 'retry-after': '1' } });
      }
      waiting += records.length;
      waitingBytes += bytes;
      try {
        await sink.append(records);
      } finally {
        waiting -= records.length;
        waitingBytes -= bytes;
      }
    },
  };
}
