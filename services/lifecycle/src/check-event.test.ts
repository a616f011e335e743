import { describe, expect, test } from '@jest/globals';
import { checkEvent, customerKeyOf, errorCodeMax, errorMessageMax } from './check-event.ts';
import { day, eventOf } from './test-events.ts';

const ids = [
  'eventId',
  'tenantId',
  'customerId',
  'customerIdType',
  'sessionId',
  'actionId',
  'actionMapId',
] as const;

test('an event with all its fields in order has no problem', () => {
  expect(checkEvent(eventOf('offered', 1))).toBeNull();
});

describe.each(ids)('%s', (field) => {
  test.each(['a', 'a'.repeat(128), 'AZ09_.:@-', 'Ann@example.com:1'])('%p is an id', (id) => {
    expect(checkEvent(eventOf('offered', 1, { [field]: id }))).toBeNull();
  });

  test.each(['', 'a'.repeat(129), 'a/b', '{a}', 'a b', 'a\n', 'ä', '\0'])('%p is none', (id) => {
    expect(checkEvent(eventOf('offered', 1, { [field]: id }))).toMatchObject({ field });
  });
});

test('occurredAt begins with the year 2000', () => {
  const year2000 = Date.UTC(2000, 0, 1);
  expect(checkEvent(eventOf('offered', 0, { occurredAt: year2000, receivedAt: day }))).toBeNull();
  for (const occurredAt of [year2000 - 1, 0, -1, Number.NaN]) {
    expect(checkEvent(eventOf('offered', 0, { occurredAt, receivedAt: day }))).toMatchObject({
      field: 'occurredAt',
    });
  }
});

test('occurredAt is at most a day ahead of receivedAt', () => {
  const ahead = day + 24 * 60 * 60 * 1000;
  expect(checkEvent(eventOf('offered', 0, { occurredAt: ahead, receivedAt: day }))).toBeNull();
  for (const occurredAt of [ahead + 1, Date.UTC(2090, 0, 1), Number.POSITIVE_INFINITY]) {
    expect(checkEvent(eventOf('offered', 0, { occurredAt, receivedAt: day }))).toMatchObject({
      field: 'occurredAt',
    });
  }
});

test('an error message has at most 2,048 characters, an error code 128', () => {
  const fits = { errorMessage: 'm'.repeat(errorMessageMax), errorCode: 'c'.repeat(errorCodeMax) };
  expect(checkEvent(eventOf('errored', 1, fits))).toBeNull();
  expect(checkEvent(eventOf('errored', 1, { errorMessage: 'm'.repeat(errorMessageMax + 1) }))).toMatchObject({
    field: 'errorMessage',
  });
  expect(checkEvent(eventOf('errored', 1, { errorCode: 'c'.repeat(errorCodeMax + 1) }))).toMatchObject({
    field: 'errorCode',
  });
});

test('states and media types are left to the lifecycle', () => {
  expect(checkEvent(eventOf('no such state', 1, { actionMediaType: 'no such type' }))).toBeNull();
});

test('the customer key joins tenant and customer', () => {
  expect(customerKeyOf({ tenantId: 'acme', customerId: 'ann' })).toBe('acme/ann');
});
