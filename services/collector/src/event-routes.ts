import type { EventSink } from '@offerlock/event-log';
import { customerKeyOf, type WebActionEvent } from '@offerlock/lifecycle';
import type { RecordEncoder } from '@offerlock/schemas';
import type { FastifyInstance } from 'fastify';
import { callerOf, HttpProblem, requireRole } from '@offerlock/server';
import { takeEvent, type Intake, type TakenEvent } from './event-body.ts';
import { eventsPerRequestMax, eventsSchema, type EventResult } from './events-schema.ts';

export interface EventRoutesParts extends Omit<Intake, 'tenantId'> {
  readonly sink: EventSink;
  readonly encoder: RecordEncoder<WebActionEvent>;
}

const bodyBytesMax = 1_024 * 1_024;

/** Events that wait for the log at the same time; beyond it producers are asked to come back. */
const waitingMax = 20_000;

/**
 * `POST /v1/events`: one event or up to `eventsPerRequestMax` of them.
 *
 * 202 as soon as the log has those that are good, with a result for each in their order. 400 when none is good, with
 * the same results: a client that looks at nothing but the status must not take that for success. A client may repeat
 * a request that got 503 or no answer: what arrives twice counts once.
 */
export function eventRoutes(parts: EventRoutesParts): (http: FastifyInstance) => Promise<void> {
  let waiting = 0;

  const append = async (events: readonly WebActionEvent[]): Promise<void> => {
    if (waiting + events.length > waitingMax) {
      const detail = `${waiting} events wait for the log already; try again`;
      throw new HttpProblem(503, 'OVERLOADED', detail, { headers: { 'retry-after': '1' } });
    }
    waiting += events.length;
    try {
      await parts.sink.append(
        events.map((event) => ({ key: customerKeyOf(event), value: parts.encoder.encode(event) })),
      );
    } finally {
      waiting -= events.length;
    }
  };

  return async (http) => {
    // What `sendBeacon` sends: a browser asks the server before it sends JSON to another site, but not before text.
    const parseJson = http.getDefaultJsonParser('error', 'error');
    http.addContentTypeParser('text/plain', { parseAs: 'string' }, parseJson);

    http.post(
      '/v1/events',
      // Only each event for itself is checked: one bad event must not cost the others.
      {
        onRequest: requireRole('events'),
        bodyLimit: bodyBytesMax,
        schema: eventsSchema,
        validatorCompiler: () => (value) => ({ value }),
      },
      async (request, reply) => {
        const intake: Intake = { ...parts, tenantId: callerOf(request).tenantId };
        const taken = eventsOf(request.body).map((sent) => takeEvent(sent, intake));
        const events = taken.flatMap((one) => ('event' in one ? [one.event] : []));
        const results = taken.map(resultOf);
        if (events.length === 0) {
          const [first] = results;
          const example = first?.status === 'rejected' ? `; the first: ${sentenceOf(first)}` : '';
          throw new HttpProblem(400, 'EVENTS_REJECTED', `no event was accepted${example}`, {
            members: { results },
          });
        }
        await append(events);
        return reply.code(202).send({ results });
      },
    );
  };
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
