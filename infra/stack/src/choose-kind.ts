import { addressesIn, forcedKindIn, type Environment } from './environment.ts';
import type { StackKind } from './stack.ts';

export interface Choice {
  readonly kind: StackKind;
  /** For the log: what decided. */
  readonly why: string;
}

/** Each resolves to null when the kind can be started here, else to what is missing. */
export interface Probes {
  readonly containers: () => Promise<string | null>;
  readonly native: () => Promise<string | null>;
}

/**
 * Which kind of stack to use: addresses given by the environment, else containers, else native processes. Rejects with
 * what to install when none is possible; a forced kind that is not possible is an error too, never replaced by another.
 * With `own` the addresses of the environment do not count: the caller needs servers that it may stop.
 */
export async function chooseKind(
  environment: Environment,
  probes: Probes,
  { own }: { readonly own: boolean },
): Promise<Choice> {
  const forced = forcedKindIn(environment);
  if (!own) {
    if (forced === null || forced === 'urls') {
      if (addressesIn(environment) !== null)
        return { kind: 'urls', why: 'the environment gives the addresses' };
    }
    if (forced === 'urls') throw new Error('OFFERLOCK_STACK=urls, but the environment gives no addresses');
  }
  if (forced === 'containers' || forced === 'native') {
    const missing = await probes[forced]();
    if (missing !== null) throw new Error(`OFFERLOCK_STACK=${forced} is not possible here: ${missing}`);
    return { kind: forced, why: `OFFERLOCK_STACK=${forced}` };
  }
  const containersMissing = await probes.containers();
  if (containersMissing === null) return { kind: 'containers', why: 'a Docker engine answers' };
  const nativeMissing = await probes.native();
  if (nativeMissing === null) {
    return { kind: 'native', why: `no containers (${containersMissing}); Java and Maven are there` };
  }
  throw new Error(
    [
      'Kafka, the schema registry and Redis cannot be brought up here. One of these is needed:',
      `  - a Docker engine (${containersMissing})`,
      `  - Java 17 or newer and Maven, to run them as processes; missing: ${nativeMissing}`,
      '  - running servers, given as OFFERLOCK_KAFKA_BROKERS, OFFERLOCK_REGISTRY_URL and OFFERLOCK_REDIS_ADDRESSES',
    ].join('\n'),
  );
}
