import { z } from 'zod';
import { answerOf, jsonSchemaOf, problemAnswerOf } from '@offerlock/server';
import { eventBody } from './event-body.ts';

export const eventsPerRequestMax = 100;

/** What became of one event of the request. Part of the contract. */
export type EventResult =
  | {
      readonly index: number;
      readonly status: 'accepted';
      readonly eventId: string;
      /** Fields that were not understood; absent where there are none. */
      readonly ignoredFields?: readonly string[];
    }
  | {
      readonly index: number;
      readonly status: 'rejected';
      readonly code: 'INVALID_FIELD';
      /** null: it is no object. */
      readonly field: string | null;
      readonly expected: string;
    };

const results: z.ZodType<{ results: EventResult[] }> = z.object({
  results: z
    .array(
      z.union([
        z.object({
          index: z.int(),
          status: z.literal('accepted'),
          eventId: z.string(),
          ignoredFields: z.array(z.string()).exactOptional(),
        }),
        z.object({
          index: z.int(),
          status: z.literal('rejected'),
          code: z.literal('INVALID_FIELD'),
          field: z.string().nullable(),
          expected: z.string(),
        }),
      ]),
    )
    .meta({ description: 'One per event, in the order of the request.' }),
});

const body = jsonSchemaOf(z.union([eventBody, z.array(eventBody).min(1).max(eventsPerRequestMax)]), 'input');

const sentAtExpected = 'ms since 1970, by the clock of the client';

/** Parameters of the request. */
export const eventsQuery = z.looseObject({
  sentAt: z
    .string(sentAtExpected)
    .regex(/^\d{1,15}$/, sentAtExpected)
    .transform(Number)
    .optional()
    .meta({
      description:
        'When the request was sent, by the clock of the client: times of events are corrected by as much as it is wrong.',
    }),
  key: z.string().optional().meta({ description: 'A write key, where no header can be set.' }),
});

/** How `POST /v1/events` is described; the same types check what arrives. */
export const eventsSchema = {
  summary: 'Reports one event or up to 100',
  description:
    'Answers once the log has the good events. Bad ones are named one by one and do not harm the others. A request ' +
    'that got 503 or no answer may be sent again: what arrives twice counts once.',
  tags: ['events'],
  querystring: jsonSchemaOf(eventsQuery, 'input'),
  body: { content: { 'application/json': { schema: body }, 'text/plain': { schema: body } } },
  response: {
    202: answerOf('At least one event is in the log; the result of each', results),
    400: problemAnswerOf('Nothing was accepted; with `results` where the body holds events'),
    401: problemAnswerOf('No key, or none that is known'),
    403: problemAnswerOf('The key is not for this page, or may not report events'),
    413: problemAnswerOf('The body is larger than 1 MiB'),
    415: problemAnswerOf('Neither application/json nor text/plain, or packed by something else than gzip'),
    429: problemAnswerOf('Too many requests; try again after `Retry-After` seconds'),
    503: problemAnswerOf('The log cannot take events now; try again after `Retry-After` seconds'),
  },
};
