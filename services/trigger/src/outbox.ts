import type { EventSink, SinkRecord } from '@offerlock/event-log';
import type { Logger } from 'pino';
import type { Clock } from './ports.ts';

export interface OutboxOptions {
  /** What it holds, for logs. */
  readonly name: string;
  readonly sink: EventSink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Records that wait at most; further ones are dropped and counted. */
  readonly recordsMax: number;
  /** Records of one append. */
  readonly batchRecordsMax: number;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
}

export interface OutboxCounts {
  readonly waiting: number;
  readonly sent: number;
  readonly dropped: number;
}

/**
 * Sends records in the background, in order, so that nobody waits for the log. While the log is away they wait in
 * memory, up to a bound; a process that is killed loses them, one that is stopped sends them first.
 */
export interface Outbox {
  /** Makes the record when its turn has come. */
  put(make: () => SinkRecord): void;
  counts(): OutboxCounts;
  /** Sends what waits, until `deadlineMs` have passed; what is left then is dropped. May be repeated. */
  stop(deadlineMs: number): Promise<void>;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { name, sink, clock, logger, recordsMax, batchRecordsMax, backoff } = options;
  const stopped = new AbortController();
  let waiting: (() => SinkRecord)[] = [];
  /** In an append that is under way. */
  let inHand = 0;
  let sent = 0;
  let dropped = 0;
  let sending: Promise<void> | null = null;

  const drop = (records: number, why: string): void => {
    if (records === 0) return;
    dropped += records;
    logger.error({ outbox: name, records, dropped }, why);
  };

  /** One that cannot be made must not keep back the others. */
  const madeOf = (batch: readonly (() => SinkRecord)[]): readonly SinkRecord[] =>
    batch.flatMap((make) => {
      try {
        return [make()];
      } catch (error) {
        dropped += 1;
        logger.error({ outbox: name, err: error }, 'a record could not be made');
        return [];
      }
    });

  const append = async (records: readonly SinkRecord[]): Promise<boolean> => {
    let pauseMs = backoff.minMs;
    let failures = 0;
    while (!stopped.signal.aborted) {
      try {
        await sink.append(records);
        if (failures > 0) logger.info({ outbox: name, failures }, 'the log takes records again');
        return true;
      } catch (error) {
        failures += 1;
        if (failures === 1) logger.warn({ outbox: name, err: error }, 'the log takes no records; trying on');
        await clock.sleep(pauseMs, stopped.signal);
        pauseMs = Math.min(backoff.maxMs, pauseMs * 2);
      }
    }
    return false;
  };

  const send = async (): Promise<void> => {
    // What is put in the same turn goes together.
    await Promise.resolve();
    while (waiting.length > 0 && !stopped.signal.aborted) {
      const batch = waiting.slice(0, batchRecordsMax);
      waiting = waiting.slice(batch.length);
      const records = madeOf(batch);
      inHand = records.length;
      const isSent = await append(records);
      inHand = 0;
      if (isSent) sent += records.length;
      else drop(records.length, 'records were dropped at the end: the log did not take them');
    }
    sending = null;
  };

  return {
    put(make) {
      if (stopped.signal.aborted || waiting.length + inHand >= recordsMax) {
        // Told once for a row of them: there may be thousands a second.
        if (dropped === 0) drop(1, 'records are dropped: the log has been away for too long');
        else dropped += 1;
        return;
      }
      waiting.push(make);
      sending ??= send();
    },
    counts: () => ({ waiting: waiting.length + inHand, sent, dropped }),
    async stop(deadlineMs) {
      const timer = new AbortController();
      const deadline = clock.sleep(deadlineMs, timer.signal);
      await Promise.race([sending, deadline]);
      timer.abort();
      stopped.abort();
      await Promise.race([sending, clock.sleep(0, new AbortController().signal)]);
      drop(waiting.length, 'records were dropped at the end: the log did not take them');
      waiting = [];
    },
  };
}
