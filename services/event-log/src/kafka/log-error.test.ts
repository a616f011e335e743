import { expect, test } from '@jest/globals';
import { OfferlockError } from '@offerlock/lifecycle';
import kafkajs from 'kafkajs';
import { logError } from './log-error.ts';

/** As kafkajs builds it from what a broker answered, wrapped as it does when it gives up. */
function protocolError(type: string): Error {
  const answer = Object.assign(new Error(type), { type, code: 1, retriable: false });
  const error = new kafkajs.KafkaJSProtocolError(answer);
  return Object.assign(new kafkajs.KafkaJSNonRetriableError(error), { cause: error });
}

test.each([
  ['INVALID_PRODUCER_EPOCH', 'CLAIM_LOST'],
  ['PRODUCER_FENCED', 'CLAIM_LOST'],
  ['MESSAGE_TOO_LARGE', 'CONFIG_INVALID'],
  ['TOPIC_AUTHORIZATION_FAILED', 'CONFIG_INVALID'],
  ['NOT_LEADER_FOR_PARTITION', 'LOG_UNAVAILABLE'],
  ['CONCURRENT_TRANSACTIONS', 'LOG_UNAVAILABLE'],
])('%s is %s', (type, code) => {
  const cause = protocolError(type);
  expect(logError(cause, 'try', { partition: 3 })).toMatchObject({ code, cause, details: { partition: 3 } });
});

test('anything else that a client throws means that the log is unavailable', () => {
  expect(logError(new TypeError('of undefined'), 'try')).toMatchObject({ code: 'LOG_UNAVAILABLE' });
});

test('an error that is ours stays as it is', () => {
  const error = new OfferlockError('TOPIC_MISSING', 'gone');
  expect(logError(error, 'try')).toBe(error);
});
