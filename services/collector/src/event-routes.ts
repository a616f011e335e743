import type { EventSink } from '@offerlock/event-log';
import { customerKeyOf, type WebActionEvent } from '@offerlock/lifecycle';
import type { RecordEncoder } from '@offerlock/schemas';
import { callerOf, HttpProblem, requireRole } from '@offerlock/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { appendQueueDefaults, createAppendQueue, type AppendQueueOptions } from './append-queue.ts';
import type { CollectorMetrics } from './collector-metrics.ts';
import { takeEvent, type Intake, type TakenEvent } from './event-body.ts';
import type { EventTimes } from './event-times.ts';
import { eventsPerRequestMax, eventsQuery, eventsSchema, type EventResult } from './events-schema.ts';
import { gunzipBody } from './gunzip-body.ts';

export interface EventRoutesParts extends Omit<Intake, 'tenantId' | 'sentAt' | 'times'> {
  readonly sink: Pick<EventSink, 'append'>;
  readonly encoder: RecordEncoder<WebActionEvent>;
  /** Which times are believed; by default all that an event may have at all. */
  readonly times?: EventTimes;
  /** What may wait for the log at the same time. */
  readonly queue?: AppendQueueOptions;
  readonly metrics?: CollectorMetrics;
}

const bodyBytesMax = 1_024 * 1_024;

/**
 * `POST /v1/events`: one event or up to `eventsPerRequestMax` of them, packed with gzip or not.
 *
 * 202 as soon as the log has those that are good, with a result for each in their order. 400 when none is good, with
 * the same results: a client that looks at nothing but the status must not take that for success. A client may repeat
 * a request that got 503 or no answer: what arrives twice counts once.
 */
export function eventRoutes(parts: EventRoutesParts): (http: FastifyInstance) => Promise<void> {
  const { encoder, metrics, times = null } = parts;
  const queue = createAppendQueue(parts.sink, parts.queue ?? appendQueueDefaults);
  metrics?.watch(queue);

  const append = async (events: readonly WebActionEvent[]): Promise<void> => {
    const appended = metrics?.appending();
    await queue.append(events.map((event) => ({ key: customerKeyOf(event), value: encoder.encode(event) })));
    appended?.();
  };

  return async (http) => {
    // What `sendBeacon` sends: a browser asks the server before it sends JSON to another site, but not before text.
    const parseJson = http.getDefaultJsonParser('error', 'error');
    http.addContentTypeParser('text/plain', { parseAs: 'string' }, parseJson);

    http.post(
      '/v1/events',
      {
        onRequest: requireRole('events'),
        preParsing: gunzipBody(bodyBytesMax),
        bodyLimit: bodyBytesMax,
        schema: eventsSchema,
        // Only each event for itself is checked: one bad event must not cost the others.
        validatorCompiler: () => (value) => ({ value }),
      },
      async (request, reply) => {
        const intake = { ...parts, times, tenantId: callerOf(request).tenantId, sentAt: sentAtOf(request) };
        const taken = eventsOf(request.body).map((sent) => takeEvent(sent, intake));
        const events = taken.flatMap((one) => ('event' in one ? [one.event] : []));
        const results = taken.map(resultOf);
        metrics?.rejected(results.length - events.length);
        if (events.length === 0) {
          const [first] = results;
          const example = first?.status === 'rejected' ? `; the first: ${sentenceOf(first)}` : '';
          throw new HttpProblem(400, 'EVENTS_REJECTED', `no event was accepted${example}`, {
            members: { results },
          });
        }
        await append(events);
        metrics?.accepted(events.length);
        return reply.code(202).send({ results });
      },
    );
  };
}

function sentAtOf(request: FastifyRequest): number | null {
  const parsed = eventsQuery.pick({ sentAt: true }).safeParse(request.query);
  if (parsed.success) return parsed.data.sentAt ?? null;
  throw new HttpProblem(400, 'PARAMETER_INVALID', `sentAt: expected ${parsed.error.issues[0]?.message}`);
}

function eventsOf(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) return [body];
  if (body.length === 0 || body.length > eventsPerRequestMax) {
    const detail = `expected 1 to ${eventsPerRequestMax} events, got ${body.length}`;
    throw new HttpProblem(400, 'BODY_INVALID', detail);
  }
  return body;
}

function resultOf(taken: TakenEvent, index: number): EventResult {
  if ('problem' in taken) {
    return { index, status: 'rejected', code: 'INVALID_FIELD', ...taken.problem };
  }
  const { event, ignoredFields } = taken;
  const accepted = { index, status: 'accepted', eventId: event.eventId } as const;
  return ignoredFields.length === 0 ? accepted : { ...accepted, ignoredFields };
}

function sentenceOf({
  field,
  expected,
}: {
  readonly field: string | null;
  readonly expected: string;
}): string {
  return `${field === null ? '' : `${field}: `}expected ${expected}`;
}
