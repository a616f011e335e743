import { HttpProblem } from '@offerlock/server';
import { z } from 'zod';
import type { DecisionRequest } from '../decisions/decision.ts';

/*
 * What callers send. The same types check it and describe it; each says in its error what was expected. Unknown fields
 * are not refused: a page may be newer than this server.
 */

export const segmentsMax = 100;
export const eventsMax = 100;
export const urlCharactersMax = 2_048;
const attributesMax = 100;
const textMax = 2_048;
const nameMax = 256;

const idExpected = '1 to 128 characters of A-Z a-z 0-9 _ . : @ -';
/** Ids become parts of keys, so the separators of those keys are not among the characters. */
export const idType = z.string(idExpected).regex(/^[A-Za-z0-9_.:@-]{1,128}$/, idExpected);
const id = (description: string) => idType.meta({ description });

const text = (max: number, min = 1) => {
  const expected = `a text of ${min} to ${max} characters`;
  return z.string(expected).min(min, expected).max(max, expected);
};

const listOf = <Type extends z.ZodType>(type: Type, max: number) => {
  const expected = `a list of at most ${max} entries`;
  return z.array(type, expected).max(max, expected);
};

const timeExpected = 'a whole number of ms since 1970';
const time = () => z.int(timeExpected).min(0, timeExpected);

const attributeExpected = `a text of at most ${textMax} characters, a number, true or false`;
const attributesExpected = `an object of at most ${attributesMax} attributes`;
const attributes = z
  .record(
    text(nameMax),
    z.union([text(textMax, 0), z.number(), z.boolean()], attributeExpected),
    attributesExpected,
  )
  .refine((all) => Object.keys(all).length <= attributesMax, attributesExpected);

const streamTypes = ['Web', 'Custom', 'Conversation', 'App'] as const;
const customerEvent = z.object(
  {
    streamType: z.enum(streamTypes, `one of ${streamTypes.join(', ')}`),
    sessionType: text(nameMax).default('web'),
    eventName: text(nameMax),
    attributes: attributes.default({}),
  },
  'an object',
);

export const decisionBody = z
  .object(
    {
      requestId: id(
        'Names the question: asked again under the same id, it gets the same answer for the time of a promise.',
      ).nullish(),
      tenantId: id('Installation that the customer belongs to. Default: that of the key.').nullish(),
      customerId: id('The visitor, as the site identifies it.'),
      sessionId: id('The visit, as the site identifies it.'),
      lastActiveAt: time()
        .nullish()
        .meta({ description: 'When the visitor was last seen in this session, before this request.' }),
      page: z.object({ url: text(urlCharactersMax) }, 'an object with url'),
      segments: listOf(text(nameMax), segmentsMax)
        .nullish()
        .meta({ description: 'Segments that are assigned to the customer.' }),
      events: listOf(customerEvent, eventsMax)
        .nullish()
        .meta({ description: 'What the customer did that an action map may be triggered by.' }),
    },
    'an object',
  )
  .meta({ description: 'A visitor on a page.' });

export const releaseBody = z.object(
  {
    tenantId: id('Default: that of the key.').nullish(),
    customerId: id('Whose offer it is.'),
    reservedUntil: time().nullish().meta({
      description:
        'Which promise, as the decision named it. Send it, so that a repeated call takes back no later promise.',
    }),
  },
  'an object',
);

export const agentsBody = z.object(
  {
    tenantId: id('Default: that of the key.').nullish(),
    agentsOnQueue: z
      .int('a whole number from 0')
      .min(0, 'a whole number from 0')
      .meta({ description: 'Agents that could take a chat now.' }),
    ttlMs: z
      .int('1 to 86400000')
      .min(1, '1 to 86400000')
      .max(86_400_000, '1 to 86400000')
      .default(60_000)
      .meta({ description: 'How long that counts, in ms; after it nobody knows.' }),
  },
  'an object',
);

/** Checks a body; 400 `BODY_INVALID` names the first field that is wrong, and what was expected there. */
export function parseBody<Type extends z.ZodType>(type: Type, body: unknown): z.output<Type> {
  const parsed = type.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  const detail = `${field === '' ? 'the body' : field}: expected ${issue?.message ?? 'another value'}`;
  throw new HttpProblem(400, 'BODY_INVALID', detail, { members: { field: field === '' ? null : field } });
}

/** An id of the path, or of the query; 400 `PARAMETER_INVALID`. `absent`: what it is when it is not there. */
export function parseParameter<Absent = never>(
  parameters: unknown,
  name: string,
  absent?: Absent,
): string | Absent {
  const value = (parameters as Readonly<Record<string, unknown>>)[name];
  if (value === undefined && absent !== undefined) return absent;
  const parsed = idType.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HttpProblem(400, 'PARAMETER_INVALID', `${name}: expected ${idExpected}`, {
    members: { field: name },
  });
}

/** `tenantOf` finds the tenant of the request; it throws for one that the caller may not name. */
export function decisionRequestOf(
  body: unknown,
  tenantOf: (named: string | null | undefined) => string,
): DecisionRequest {
  const sent = parseBody(decisionBody, body);
  return {
    requestId: sent.requestId ?? null,
    tenantId: tenantOf(sent.tenantId),
    customerId: sent.customerId,
    sessionId: sent.sessionId,
    lastActiveAt: sent.lastActiveAt ?? null,
    page: sent.page,
    segments: sent.segments ?? [],
    events: sent.events ?? [],
  };
}
