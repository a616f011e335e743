import {
  kafkaVariables,
  oneOf,
  positiveInteger,
  projectionVariables,
  redisVariables,
  registryVariables,
  variables,
} from '@offerlock/config';
import { httpVariables } from '@offerlock/server';

/** How decisions are made: for every process that decides. */
export const decisionVariables = variables({
  OFFERLOCK_LEASE_MS: {
    help: 'How long an offer is promised to a visitor, in ms: by then its browser must have shown it.',
    value: positiveInteger(3_600_000),
    default: '30000',
  },
  OFFERLOCK_PROJECTION_LAG_MAX_MS: {
    help: 'Nothing is offered while the projection is further behind the log than this, in ms.',
    value: positiveInteger(),
    default: '30000',
  },
  OFFERLOCK_DECISION_DEADLINE_MS: {
    help: 'A decision is answered within this time, in ms; what is not known by then is unavailable.',
    value: positiveInteger(60_000),
    default: '50',
  },
  OFFERLOCK_SESSION_IDLE_MS: {
    help: 'A visit is over after so long without activity, in ms (default 30 minutes).',
    value: positiveInteger(),
    default: '1800000',
  },
  OFFERLOCK_PACING_WINDOW_MS: {
    help: 'Service levels are those of the chats of the last so many ms (default 15 minutes).',
    value: positiveInteger(),
    default: '900000',
  },
});

export const triggerVariables = variables({
  ...kafkaVariables,
  ...registryVariables,
  ...redisVariables,
  ...httpVariables('8082'),
  ...decisionVariables,
  OFFERLOCK_REOFFER: projectionVariables.OFFERLOCK_REOFFER,
  OFFERLOCK_LOG_LEVEL: {
    help: 'How much to log, as JSON lines on standard output.',
    value: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
  },
});
