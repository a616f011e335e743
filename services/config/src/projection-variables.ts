import {
  lifecyclesWith,
  OfferlockError,
  type FoldOptions,
  type Lifecycles,
  type ReofferScope,
} from '@offerlock/lifecycle';
import { flag, list, milliseconds, positiveInteger } from './values.ts';
import { variables, type Values } from './variables.ts';

/** How events become states, and how long those are kept: for every process that folds, or decides on what was folded. */
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

/** Throws `CONFIG_INVALID` for a media type that no lifecycle has. */
export function foldOptionsOf(values: Values<typeof projectionVariables>): FoldOptions {
  return {
    lifecycles: lifecyclesOf(values),
    extendedMetrics: values.OFFERLOCK_EXTENDED_METRICS,
    earlyGraceMs: values.OFFERLOCK_EARLY_GRACE_MS,
  };
}

/** The lifecycles with the re-offer scopes that are set. Throws `CONFIG_INVALID` for a media type that none has. */
export function lifecyclesOf(
  values: Pick<Values<typeof projectionVariables>, 'OFFERLOCK_REOFFER'>,
): Lifecycles {
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
  return lifecyclesWith(scopes);
}

function scopeOf(scope: string): ReofferScope {
  if (scope === 'never' || scope === 'session') return { scope };
  return { scope: 'after', afterMs: Number(scope.slice('after:'.length)) };
}
