import {
  kafkaVariables,
  oneOf,
  port,
  positiveInteger,
  projectionVariables,
  redisVariables,
  registryVariables,
  text,
  variables,
} from '@offerlock/config';

export const projectorVariables = variables({
  ...kafkaVariables,
  ...redisVariables,
  ...registryVariables,
  OFFERLOCK_GROUP_ID: {
    help: 'Consumer group; all instances of one projection share it.',
    value: text(),
    default: 'offerlock-projector',
  },
  ...projectionVariables,
  OFFERLOCK_BATCH_RECORDS_MAX: {
    help: 'Records per batch at most; each batch is one Kafka transaction.',
    value: positiveInteger(100_000),
    default: '2000',
  },
  OFFERLOCK_SESSION_TIMEOUT_MS: {
    help: 'An instance that the group has not heard of for so long loses its partitions; the broker sets bounds to it.',
    value: positiveInteger(3_600_000),
    default: '30000',
  },
  OFFERLOCK_STALL_TIMEOUT_MS: {
    help: '/livez fails when a partition has records waiting and makes no progress for so long, without a known cause.',
    value: positiveInteger(),
    default: '60000',
  },
  OFFERLOCK_HTTP_HOST: {
    help: 'Address that /livez, /readyz and /metrics bind.',
    value: text(),
    default: '127.0.0.1',
  },
  OFFERLOCK_HTTP_PORT: {
    help: 'Port of the same; 0 lets the system choose.',
    value: port(),
    default: '8084',
  },
  OFFERLOCK_LOG_LEVEL: {
    help: 'How much to log, as JSON lines on standard output.',
    value: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
  },
});
