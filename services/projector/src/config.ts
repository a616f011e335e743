import {
  kafkaVariables,
  milliseconds,
  oneOf,
  flag,
  list,
  port,
  positiveInteger,
  redisVariables,
  registryVariables,
  text,
  variables,
  type Values,
} from '@offerlock/config';
import { lifecyclesWith, OfferlockError, type FoldOptions, type ReofferScope } from '@offerlock/lifecycle';

/** How events become states, and how long those are kept: for every process that runs a projector. */
export const projectionVariables = variables({
  OFFERLOCK_EXTENDED_METRICS: {
    help: 'Publish metrics for errored, timedout, ignored and the informational states too.',
    value: flag(),
    default: 'false',
  },
  OFFERLOCK_EARLY_GRACE_MS: {
    help: 'How long an event may wait for its predecessor, in ms after it was received; 0 refuses early events at once.',
    value: milliseconds(),
    default: '60000',
  },
  OFFERLOCK_REOFFER: {
    help: 'When a locked map may be offered again, instead of the lifecycle’s default: mediaType=never, mediaType=session or mediaType=after:<ms>, separated by commas.',
    value: list(/^[A-Za-z]+=(never|session|after:\d{1,15})$/, 'mediaType=never, =session or =after:<ms>'),
    optional: true,
  },
  OFFERLOCK_OFFER_TTL_MS: {
    help: 'A customer without any change for so long is forgotten, in ms (default 400 days).',
    value: positiveInteger(),
    default: '34560000000',
  },
});

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

/** Throws `CONFIG_INVALID` for a media type that no lifecycle has. */
export function foldOptionsOf(values: Values<typeof projectionVariables>): FoldOptions {
  const known = lifecyclesWith();
  const scopes: Record<string, ReofferScope> = {};
  for (const entry of values.OFFERLOCK_REOFFER ?? []) {
    const [mediaType = '', scope = ''] = entry.split('=');
    if (!known.has(mediaType)) {
      throw new OfferlockError(
        'CONFIG_INVALID',
        `OFFERLOCK_REOFFER: expected one of ${[...known.keys()].join(', ')}, got ${mediaType}`,
      );
    }
    scopes[mediaType] = scopeOf(scope);
  }
  return {
    lifecycles: lifecyclesWith(scopes),
    extendedMetrics: values.OFFERLOCK_EXTENDED_METRICS,
    earlyGraceMs: values.OFFERLOCK_EARLY_GRACE_MS,
  };
}

function scopeOf(scope: string): ReofferScope {
  if (scope === 'never' || scope === 'session') return { scope };
  return { scope: 'after', afterMs: Number(scope.slice('after:'.length)) };
}
