import type { EventSink, SinkRecord } from '@offerlock/event-log';
import type { WebActionEvent } from '@offerlock/lifecycle';
import type { RecordEncoder } from '@offerlock/schemas';
import { encodeContent, type SimulatedRecord, type Traffic } from '@offerlock/traffic';
import type { Clock } from './ports.ts';

export interface Publishing {
  readonly traffic: Traffic;
  readonly sink: EventSink;
  readonly encoder: RecordEncoder<WebActionEvent>;
  /** null: as fast as the log takes them. */
  readonly ratePerSecond: number | null;
  readonly clock: Clock;
  /** Ends the publishing after the call in hand, where the expected counts hold. */
  readonly stop: AbortSignal;
  onProgress(records: number): void;
}

/** One call becomes one record batch per partition. Kept below what the sink would split into two. */
const appendRecordsMax = 490;
/** At a given rate, records are sent together that are due within this time. */
const pauseMinMs = 10;

/**
 * Writes the traffic to the log, in order, at the given rate. Resolves with the number of records once the log has all
 * of them. After a rejection (`LOG_UNAVAILABLE`) nobody knows which records of the last call are there.
 */
export async function publishTraffic(publishing: Publishing): Promise<number> {
  const { traffic, sink, encoder, ratePerSecond, clock, stop } = publishing;
  const records = traffic.records();
  const startedAt = clock.now();
  let sent = 0;
  while (!stop.aborted) {
    let due = appendRecordsMax;
    if (ratePerSecond !== null) {
      const elapsedMs = clock.now() - startedAt;
      due = Math.min(due, Math.floor((elapsedMs * ratePerSecond) / 1000) + 1 - sent);
      if (due <= 0) {
        await clock.sleep(Math.max(pauseMinMs, (sent * 1000) / ratePerSecond - elapsedMs), stop);
        continue;
      }
    }
    const batch = takeBatch(records, due, encoder);
    if (batch.length === 0) break;
    await sink.append(batch);
    sent += batch.length;
    publishing.onProgress(sent);
  }
  return sent;
}

/** The next `count` records, and those that must not be parted from the last. */
function takeBatch(
  records: Iterator<SimulatedRecord>,
  count: number,
  encoder: RecordEncoder<WebActionEvent>,
): readonly SinkRecord[] {
  const batch: SinkRecord[] = [];
  for (let withNext = false; batch.length < count || withNext;) {
    const next = records.next();
    if (next.done === true) break;
    batch.push({ key: next.value.key, value: encodeContent(next.value.content, encoder) });
    withNext = next.value.withNext;
  }
  return batch;
}
