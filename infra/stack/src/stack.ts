/** A running Kafka, schema registry and Redis, and where to reach them. */
export interface Stack {
  readonly kind: StackKind;
  /** host:port of each bootstrap broker. */
  readonly brokers: readonly string[];
  /** Base URL of the registry's Confluent API, no slash at the end. */
  readonly registryUrl: string;
  /** host:port; several separated by commas if the environment gave several. */
  readonly redisAddress: string;
  /** null for a stack of kind `urls`: those servers are not ours to stop. */
  readonly kafka: ServerControl | null;
  readonly registry: ServerControl | null;
  readonly redis: ServerControl | null;
  /** Ends all servers and removes their data; a repeat does nothing. Nothing happens to servers given as URLs. */
  stop(): Promise<void>;
}

export type StackKind = 'urls' | 'containers' | 'native';

/** One server of a stack, for tests that provoke faults. */
export interface ServerControl {
  /** Of the server itself; null while it is stopped, and for a container, whose engine may be another machine. */
  readonly pid: number | null;
  /** Ends the server in its orderly way and waits until it is gone. Does nothing when it is stopped already. */
  stop(): Promise<void>;
  /** Starts it again on the same port with the same data and waits until it answers. Does nothing when it runs. */
  start(): Promise<void>;
  /** Sends a signal. After `SIGKILL` it waits until the process is gone; after `SIGSTOP` and the like it does not. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface StackPorts {
  readonly kafka: number;
  readonly registry: number;
  readonly redis: number;
}

/** What a stack that outlives its starter is ended by; plain JSON. */
export type StackHandle =
  | { readonly kind: 'native'; readonly socketPath: string }
  | { readonly kind: 'containers'; readonly containerIds: readonly string[] };

/** What is needed to bring up servers of our own. */
export interface Launch {
  readonly ports: StackPorts;
  /** Whether the servers live on when this process ends. Otherwise they end with it, whatever it dies of. */
  readonly outlives: boolean;
  readonly log: (line: string) => void;
}

/** A stack of our own, with the handle if it outlives us. */
export type OwnStack = Stack & { readonly handle: StackHandle | null };

/** Base URL of the Confluent API of an Apicurio registry. */
export function registryUrlOf(host: string, port: number): string {
  return `http://${host}:${port}/apis/ccompat/v7`;
}

/** Starts the three at once, each as soon as it is prepared. Rejects with the first failure. */
export async function startAll(
  servers: Readonly<Record<'kafka' | 'registry' | 'redis', Promise<ServerControl>>>,
  log: (line: string) => void,
): Promise<Record<'kafka' | 'registry' | 'redis', ServerControl>> {
  const begin = Date.now();
  const start = async (name: string, prepared: Promise<ServerControl>) => {
    const server = await prepared;
    await server.start();
    log(`${name} answers after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    return server;
  };
  const [kafka, registry, redis] = await Promise.all([
    start('Kafka', servers.kafka),
    start('schema registry', servers.registry),
    start('Redis', servers.redis),
  ]);
  return { kafka, registry, redis };
}
