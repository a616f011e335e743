import type { WebActionEvent } from './event.ts';

/** What is wrong with a field, and what was expected: for the person who sent it. */
export interface FieldProblem {
  readonly field: keyof WebActionEvent | 'key';
  readonly expected: string;
}

export const errorMessageMax = 2048;
/** The contract names no limit; but the code is kept in the projection, so it must have one. */
export const errorCodeMax = 128;

// Ids become parts of keys, so the separators of those keys are not among the characters.
const idPattern = /^[A-Za-z0-9_.:@-]{1,128}$/;
const idExpected = '1 to 128 characters of A-Z a-z 0-9 _ . : @ -';
const ids = [
  'tenantId',
  'customerId',
  'sessionId',
  'actionId',
  'actionMapId',
  'eventId',
  'customerIdType',
] as const;

const year2000Ms = Date.UTC(2000, 0, 1);
const aheadMaxMs = 24 * 60 * 60 * 1000;

/**
 * The first field that breaks the contract of an event, or null. Used at the edge and, because other producers write
 * to the topic too, again by the fold's caller, where a problem ends as `INVALID_FIELD` in the dead letters.
 */
export function checkEvent(event: WebActionEvent): FieldProblem | null {
  for (const field of ids) {
    if (!idPattern.test(event[field])) return { field, expected: idExpected };
  }
  // Written so that NaN is a problem too.
  if (!(event.occurredAt >= year2000Ms)) {
    return { field: 'occurredAt', expected: 'a time after the year 1999, in ms' };
  }
  if (!(event.occurredAt <= event.receivedAt + aheadMaxMs)) {
    return { field: 'occurredAt', expected: 'a time at most 24 h after receivedAt' };
  }
  if (event.errorCode !== null && event.errorCode.length > errorCodeMax) {
    return { field: 'errorCode', expected: `at most ${errorCodeMax} characters` };
  }
  if (event.errorMessage !== null && event.errorMessage.length > errorMessageMax) {
    return { field: 'errorMessage', expected: `at most ${errorMessageMax} characters` };
  }
  return null;
}

/** The customer part of every key: message keys, Redis keys, and the partition follow from it. */
export function customerKeyOf(event: { readonly tenantId: string; readonly customerId: string }): string {
  return `${event.tenantId}/${event.customerId}`;
}
