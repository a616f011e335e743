import {
  kafkaVariables,
  milliseconds,
  oneOf,
  positiveInteger,
  registryVariables,
  variables,
} from '@offerlock/config';
import { httpVariables } from '@offerlock/server';

export const collectorVariables = variables({
  ...kafkaVariables,
  ...registryVariables,
  ...httpVariables('8081'),
  OFFERLOCK_EVENT_AGE_MAX_MS: {
    help: 'An event that occurred longer ago is refused, in ms (default an hour).',
    value: milliseconds(),
    default: '3600000',
  },
  OFFERLOCK_EVENT_AHEAD_MAX_MS: {
    help: 'An event that is so far ahead of this machine’s clock is refused, in ms.',
    value: milliseconds(),
    default: '300000',
  },
  OFFERLOCK_WAITING_EVENTS_MAX: {
    help: 'Events that may wait for Kafka at the same time; beyond it the answer is 503.',
    value: positiveInteger(1_000_000),
    default: '20000',
  },
  OFFERLOCK_LOG_LEVEL: {
    help: 'How much to log, as JSON lines on standard output.',
    value: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
  },
});
