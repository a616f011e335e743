import type { LogBatch, LogRecord, OutputRecord, RecordHeaders } from '@offerlock/event-log';
import { customerKeyOf, type IncomingEvent, type Metric } from '@offerlock/lifecycle';
import type { OfferWrite } from '@offerlock/projection';
import {
  deadLetterHeaders,
  type OfferStateChange,
  type OfferTimer,
  type RecordEncoder,
  type WebActionEvent,
  type WebActionMetric,
} from '@offerlock/schemas';
import type { DeadLetterReason } from './incoming.ts';
import { metricIdOf } from './metric-id.ts';
import { offerIdOf } from './working-set.ts';

export interface OutputEncoders {
  readonly event: RecordEncoder<WebActionEvent>;
  readonly metric: RecordEncoder<WebActionMetric>;
  readonly offerState: RecordEncoder<OfferStateChange>;
  readonly timer: RecordEncoder<OfferTimer>;
}

export interface OutputWriter {
  metric(metric: Metric): OutputRecord;
  /** A record that goes to the dead letters as it came. */
  deadLetter(record: LogRecord, reason: DeadLetterReason, detail: string): OutputRecord;
  /** An early event that stopped waiting: its record is long read, so its value is encoded again. */
  earlyDeadLetter(source: IncomingEvent, reason: DeadLetterReason, detail: string): OutputRecord;
  timer(source: IncomingEvent, dueAt: number): OutputRecord;
  offerState(write: OfferWrite): OutputRecord;
}

/** Writes the outputs of one batch. `processedAt` is the same for all of them. */
export function outputWriterFor(
  encoders: OutputEncoders,
  batch: LogBatch,
  topic: string,
  processedAt: number,
): OutputWriter {
  const sourceHeaders = (reason: DeadLetterReason, detail: string, offset: bigint): RecordHeaders => ({
    [deadLetterHeaders.reason]: reason,
    [deadLetterHeaders.detail]: detail,
    [deadLetterHeaders.topic]: topic,
    [deadLetterHeaders.partition]: String(batch.partition),
    [deadLetterHeaders.offset]: offset.toString(),
  });

  return {
    metric(metric) {
      const { event, offset } = metric.source;
      const value = encoders.metric.encode({
        metricId: metricIdOf({
          tenantId: event.tenantId,
          customerId: event.customerId,
          actionMapId: event.actionMapId,
          actionId: event.actionId,
          attempt: metric.attempt,
          state: metric.metric,
        }),
        metric: metric.metric,
        tenantId: event.tenantId,
        customerId: event.customerId,
        sessionId: event.sessionId,
        actionId: event.actionId,
        actionMapId: event.actionMapId,
        actionMapVersion: event.actionMapVersion,
        actionMediaType: event.actionMediaType,
        previousState: metric.previousState,
        millisInPreviousState: metric.millisInPreviousState,
        millisSinceOffered: metric.millisSinceOffered,
        terminal: metric.terminal,
        occurredAt: event.occurredAt,
        receivedAt: event.receivedAt,
        processedAt,
        topic,
        partition: batch.partition,
        offset: Number(offset),
      });
      return { topic: 'metrics', key: customerKeyOf(event), value };
    },

    deadLetter(record, reason, detail) {
      const { key, value } = record;
      const isWhole = value === null || value.length <= valueBytesMax;
      return {
        topic: 'deadLetters',
        key,
        value: isWhole ? value : value.subarray(0, valueBytesMax),
        headers: {
          ...foreignHeaders(record.headers),
          ...sourceHeaders(reason, detail, record.offset),
          [deadLetterHeaders.timestamp]: String(record.timestampMs),
          ...(isWhole ? {} : { [deadLetterHeaders.originalBytes]: String(value.length) }),
        },
      };
    },

    earlyDeadLetter: ({ event, offset }, reason, detail) => ({
      topic: 'deadLetters',
      key: customerKeyOf(event),
      value: encoders.event.encode(event),
      headers: { ...sourceHeaders(reason, detail, offset), [deadLetterHeaders.reencoded]: 'true' },
    }),

    timer({ event, offset }, dueAt) {
      const value = encoders.timer.encode({
        tenantId: event.tenantId,
        customerId: event.customerId,
        actionMapId: event.actionMapId,
        eventId: event.eventId,
        offset: Number(offset),
        dueAt,
      });
      return { topic: 'timers', key: customerKeyOf(event), value };
    },

    offerState({ key, position, stateJson }) {
      const slash = key.customer.indexOf('/');
      const value = encoders.offerState.encode({
        tenantId: key.customer.slice(0, slash),
        customerId: key.customer.slice(slash + 1),
        actionMapId: key.actionMapId,
        position,
        state: stateJson,
      });
      return { topic: 'offerStates', key: offerIdOf(key.customer, key.actionMapId), value };
    },
  };
}

/**
 * A compressed record may hold more than the dead-letter topic takes uncompressed. Its partition must go on all the
 * same, so only the beginning is kept.
 */
const valueBytesMax = 2 * 1_024 * 1_024;

const ownHeaders: ReadonlySet<string> = new Set(Object.values(deadLetterHeaders));

/** A dead letter that was put back into the events topic brings the headers of its first refusal along. */
function foreignHeaders(headers: RecordHeaders): RecordHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.has(name)));
}
