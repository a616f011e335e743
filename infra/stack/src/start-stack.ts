import { kafkaAnswers, redisAnswers, registryAnswers } from './answers.ts';
import { chooseKind } from './choose-kind.ts';
import { startContainers } from './containers.ts';
import { engineIsMissing } from './engine.ts';
import { addressesIn, type Environment } from './environment.ts';
import { javaIsMissing } from './java.ts';
import { startNative } from './native.ts';
import { chooseFreePort } from './ports.ts';
import type { OwnStack, Stack, StackPorts } from './stack.ts';
import { until } from './until.ts';

export interface StartOptions {
  /** Where `OFFERLOCK_STACK` and the addresses are looked up; default `process.env`. */
  readonly environment?: Environment;
  /**
   * true: never use servers given by the environment, since this caller stops and kills them. The test run's own stack is
   * given by the environment, so a test that provokes faults needs this. Default false.
   */
  readonly own?: boolean;
  /** Default: free ports. */
  readonly ports?: StackPorts;
  /** Gets lines of progress; default: stderr. */
  readonly log?: (line: string) => void;
}

/**
 * Brings up Kafka, the schema registry and Redis and waits until each answers; about 10 s, and once per user the time
 * of the downloads. The servers end with `stop()`, or when this process ends, whatever it dies of. Rejects, leaving
 * nothing behind, when no kind of stack is possible here or a server does not answer in time.
 */
export async function startStack(options: StartOptions = {}): Promise<Stack> {
  const { environment = process.env, own = false, log = logToStderr } = options;
  const choice = await chooseKind(
    environment,
    { containers: engineIsMissing, native: javaIsMissing },
    { own },
  );
  log(`${choice.kind}: ${choice.why}`);
  if (choice.kind === 'urls') return connectToGiven(environment, log);
  return launch(choice.kind, { ...options, outlives: false });
}

/** As `startStack`, but always own servers, which live on when this process ends; see `endStack`. */
export async function startOutlivingStack(options: Omit<StartOptions, 'own'> = {}): Promise<OwnStack> {
  const { environment = process.env, log = logToStderr } = options;
  const choice = await chooseKind(
    environment,
    { containers: engineIsMissing, native: javaIsMissing },
    { own: true },
  );
  log(`${choice.kind}: ${choice.why}`);
  if (choice.kind === 'urls') throw new Error('servers given by the environment are not ours to bring up');
  return launch(choice.kind, { ...options, outlives: true });
}

async function launch(
  kind: 'containers' | 'native',
  options: StartOptions & { readonly outlives: boolean },
): Promise<OwnStack> {
  const { outlives, log = logToStderr } = options;
  const ports = options.ports ?? {
    kafka: await chooseFreePort(),
    registry: await chooseFreePort(),
    redis: await chooseFreePort(),
  };
  return kind === 'native'
    ? startNative({ ports, outlives, log })
    : startContainers({ ports, outlives, log });
}

async function connectToGiven(environment: Environment, log: (line: string) => void): Promise<Stack> {
  const addresses = addressesIn(environment);
  if (addresses === null) throw new Error('the environment gives no addresses');
  const stack: Stack = {
    kind: 'urls',
    ...addresses,
    kafka: null,
    registry: null,
    redis: null,
    stop: () => Promise.resolve(),
  };
  await Promise.all(
    Object.entries(answersOf(stack)).map(([name, answers]) =>
      until(`an answer from ${name}`, answers, { timeoutMs: 30_000, everyMs: 250 }),
    ),
  );
  log('all three given servers answer');
  return stack;
}

/** A check per server, named with its address: does it answer now? */
export function answersOf(
  stack: Pick<Stack, 'brokers' | 'registryUrl' | 'redisAddress'>,
): Readonly<Record<string, () => Promise<boolean>>> {
  const [broker = ''] = stack.brokers;
  const [redis = ''] = stack.redisAddress.split(',');
  return {
    [`Kafka at ${broker}`]: () => kafkaAnswers(broker),
    [`the schema registry at ${stack.registryUrl}`]: () => registryAnswers(stack.registryUrl),
    [`Redis at ${redis}`]: () => redisAnswers(redis),
  };
}

function logToStderr(line: string): void {
  process.stderr.write(`[stack] ${line}\n`);
}
