import type { Stack, StackKind } from './stack.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const variables = ['OFFERLOCK_KAFKA_BROKERS', 'OFFERLOCK_REGISTRY_URL', 'OFFERLOCK_REDIS_ADDRESSES'] as const;

/** The variables by which every process of Offerlock finds this stack. */
export function environmentOf(
  stack: Pick<Stack, 'brokers' | 'registryUrl' | 'redisAddress'>,
): Readonly<Record<(typeof variables)[number], string>> {
  return {
    OFFERLOCK_KAFKA_BROKERS: stack.brokers.join(','),
    OFFERLOCK_REGISTRY_URL: stack.registryUrl,
    OFFERLOCK_REDIS_ADDRESSES: stack.redisAddress,
  };
}

/**
 * The addresses that the environment gives; null if it gives none. Throws when only some are set: to start an own
 * server for the others would be a guess.
 */
export function addressesIn(
  environment: Environment,
): Pick<Stack, 'brokers' | 'registryUrl' | 'redisAddress'> | null {
  const missing = variables.filter((name) => (environment[name] ?? '') === '');
  if (missing.length === variables.length) return null;
  if (missing.length > 0) {
    throw new Error(`set all of ${variables.join(', ')} or none; missing: ${missing.join(', ')}`);
  }
  return {
    brokers: environment['OFFERLOCK_KAFKA_BROKERS']?.split(',').map((broker) => broker.trim()) ?? [],
    registryUrl: environment['OFFERLOCK_REGISTRY_URL']?.replace(/\/+$/, '') ?? '',
    redisAddress: environment['OFFERLOCK_REDIS_ADDRESSES']?.trim() ?? '',
  };
}

/** What `OFFERLOCK_STACK` forces; null if nothing. */
export function forcedKindIn(environment: Environment): StackKind | null {
  const value = environment['OFFERLOCK_STACK'] ?? '';
  if (value === '') return null;
  if (value === 'urls' || value === 'containers' || value === 'native') return value;
  throw new Error(`OFFERLOCK_STACK: expected urls, containers or native, got ${JSON.stringify(value)}`);
}
