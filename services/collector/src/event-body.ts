import { checkEvent, type FieldProblem, type WebActionEvent } from '@offerlock/lifecycle';
import { z } from 'zod';
import { checkTimes, clockCorrection, type EventTimes } from './event-times.ts';

/** Fills what a producer left out, and what only the server knows. */
export interface Intake {
  /** ms since 1970. */
  readonly now: () => number;
  readonly newEventId: () => string;
  /** The only tenant that the producer may report for; null: any, and `default` where it names none. */
  readonly tenantId: string | null;
  /** Tenants that producers may not use. */
  readonly reservedTenants: readonly string[];
  /** null: as far in the past as `checkEvent` allows, and as far ahead. */
  readonly times: EventTimes | null;
  /** ms since 1970 by the client's clock, when it sent the request; null if it does not say. */
  readonly sentAt: number | null;
}

export type TakenEvent =
  | {
      readonly event: WebActionEvent;
      /** Fields that we do not know, so that a misspelt one is noticed; at most `ignoredFieldsMax`. */
      readonly ignoredFields: readonly string[];
    }
  | { readonly problem: Omit<FieldProblem, 'field'> & { readonly field: string | null } };

export const ignoredFieldsMax = 10;

/** As `checkEvent` has it; here for the description of the API. */
const idShape = '^[A-Za-z0-9_.:@-]{1,128}$';
const id = (description: string) => z.string('a text').meta({ pattern: idShape, description });
const timeExpected = 'ms since 1970, or a time such as 2026-05-01T12:00:00Z';
const name = (description: string) => {
  const expected = 'a text of 1 to 128 characters';
  return z.string(expected).min(1, expected).max(128, expected).meta({ description });
};

/**
 * An event as a producer sends it. Everything that has a default may be left out or be null. Unknown fields are not
 * refused: a producer may be newer than this server, or pass on what another system gave it.
 */
export const eventBody = z
  .object(
    {
      eventId: id('Names this report, so that sending it again is no new one. Made when absent.').nullish(),
      tenantId: id('Installation that the customer belongs to. Default `default`.').nullish(),
      customerId: id('The visitor, as the site identifies it.'),
      customerIdType: id('What kind of identifier customerId is. Default `cookie`.').nullish(),
      sessionId: id('The visit in which it happened.'),
      actionId: id('The one concrete offer that moves through the lifecycle.'),
      actionMapId: id('The rule that made the offer; what gets locked.'),
      actionMapVersion: z
        .int32('a whole number')
        .min(1, 'a whole number from 1')
        .nullish()
        .meta({ description: 'Version of the action map. Default 1.' }),
      actionMediaType: name('What is offered; it selects the lifecycle. Default `webchat`.').nullish(),
      actionState: name('The state that the action entered, for example `offered`.'),
      occurredAt: z
        .union([z.number(), z.iso.datetime({ offset: true, error: timeExpected })], timeExpected)
        .nullish()
        .meta({ description: 'When it happened, in ms since 1970 or as ISO 8601 with zone. Default now.' }),
      errorCode: z
        .union([z.string(), z.number()], 'a text or a number')
        .nullish()
        .meta({ description: 'Only with `errored`.' }),
      errorMessage: z
        .string('a text')
        .nullish()
        .meta({ description: 'Only with `errored`.', maxLength: 2048 }),
    },
    'an object',
  )
  .meta({ description: 'What became of one action, as a producer reports it.' });

const fields: ReadonlySet<string> = new Set(Object.keys(eventBody.shape));

/** Takes what a producer sent. A problem names the first field that is wrong, null where it is no object at all. */
export function takeEvent(sent: unknown, intake: Intake): TakenEvent {
  const parsed = eventBody.safeParse(sent);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: { field: issue?.path[0]?.toString() ?? null, expected: issue?.message ?? 'an event' } };
  }
  const { data } = parsed;
  const receivedAt = intake.now();
  const event: WebActionEvent = {
    eventId: data.eventId ?? intake.newEventId(),
    tenantId: data.tenantId ?? intake.tenantId ?? 'default',
    customerId: data.customerId,
    customerIdType: data.customerIdType ?? 'cookie',
    sessionId: data.sessionId,
    actionId: data.actionId,
    actionMapId: data.actionMapId,
    actionMapVersion: data.actionMapVersion ?? 1,
    actionMediaType: data.actionMediaType ?? 'webchat',
    actionState: data.actionState,
    occurredAt: occurredAtOf(data.occurredAt, receivedAt, intake.sentAt),
    receivedAt,
    errorCode: data.errorCode?.toString() ?? null,
    errorMessage: data.errorMessage ?? null,
  };
  const problem = checkEvent(event);
  if (problem !== null) return { problem };
  const expectedTime = intake.times === null ? null : checkTimes(event, intake.times);
  if (expectedTime !== null) return { problem: { field: 'occurredAt', expected: expectedTime } };
  if (intake.tenantId !== null && event.tenantId !== intake.tenantId) {
    return { problem: { field: 'tenantId', expected: `the tenant of the key, ${intake.tenantId}, or none` } };
  }
  if (intake.reservedTenants.includes(event.tenantId)) {
    const expected = `another tenant than ${event.tenantId}, which belongs to the server's own traffic`;
    return { problem: { field: 'tenantId', expected } };
  }
  return { event, ignoredFields: unknownFields(sent) };
}

function occurredAtOf(
  sent: number | string | null | undefined,
  receivedAt: number,
  sentAt: number | null,
): number {
  if (sent === null || sent === undefined) return receivedAt;
  return timeOf(sent) + clockCorrection(sentAt, receivedAt);
}

/** ms since 1970; NaN for a text that is no time. */
export function timeOf(sent: number | string): number {
  return typeof sent === 'number' ? Math.trunc(sent) : Date.parse(sent);
}

function unknownFields(sent: unknown): readonly string[] {
  return Object.keys(sent as object)
    .filter((field) => !fields.has(field))
    .slice(0, ignoredFieldsMax)
    .map((field) => field.slice(0, 64));
}
