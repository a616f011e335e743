import { fileURLToPath } from 'node:url';
import { kafkaAnswers, redisAnswers, registryAnswers } from './answers.ts';
import { controlContainer } from './container-control.ts';
import { engine } from './engine.ts';
import { kafkaEnvironment } from './kafka-properties.ts';
import { registryUrlOf, type Launch, type OwnStack, type ServerControl } from './stack.ts';

const redisConfigFile = fileURLToPath(new URL('../../redis/redis.conf', import.meta.url));

/** The image of each server; the environment may name another, such as one of an own registry. */
const images = {
  kafka: process.env['OFFERLOCK_KAFKA_IMAGE'] ?? 'apache/kafka:4.3.0',
  registry: process.env['OFFERLOCK_REGISTRY_IMAGE'] ?? 'apicurio/apicurio-registry-mem:2.6.13.Final',
  redis: process.env['OFFERLOCK_REDIS_IMAGE'] ?? 'redis:7',
};

/**
 * Starts the servers as containers. The reaper container of testcontainers removes them when this process dies; those
 * of a stack that outlives us are marked for reuse, which the reaper leaves alone.
 */
export async function startContainers({ ports, outlives, log }: Launch): Promise<OwnStack> {
  const client = await engine();
  const { GenericContainer, Wait, getReaper } = await import('testcontainers');
  // Not the name: it may resolve to ::1 first, where a published port need not be.
  const host = client.info.containerRuntime.host.replace(/^localhost$/, '127.0.0.1');
  const begin = Date.now();
  const containerIds = new Set<string>();

  class Server extends GenericContainer {
    protected override beforeContainerCreated(): Promise<void> {
      // testcontainers publishes on all interfaces, but these servers ask for no password.
      const bindings = Object.values(this.hostConfig.PortBindings as Record<string, { HostIp?: string }[]>);
      if (host === '127.0.0.1') for (const binding of bindings.flat()) binding.HostIp = host;
      return Promise.resolve();
    }

    /** Known from the first moment on, so that a container that cannot be started is removed as well. */
    protected override containerCreated(id: string): Promise<void> {
      containerIds.add(id);
      return Promise.resolve();
    }
  }

  async function start(
    name: string,
    container: Server,
    answers: () => Promise<boolean>,
  ): Promise<ServerControl> {
    container.withWaitStrategy(Wait.forAll([]));
    if (outlives) container.withReuse();
    const started = await container.start();
    // Once more, since one that is used again was not created now.
    containerIds.add(started.getId());
    const control = controlContainer(client, started.getId(), name, answers);
    await control.untilAnswer();
    log(`${name} answers after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    return control;
  }

  // Before the three at once, each of which would start a reaper of its own.
  if (!outlives) await getReaper(client);
  log(`starting containers of ${Object.values(images).join(', ')}`);
  const broker = `${host}:${ports.kafka}`;
  const registryUrl = registryUrlOf(host, ports.registry);
  const redisAddress = `${host}:${ports.redis}`;
  // All settle before anything is removed: a container that was still being created would be missed.
  const started = await Promise.allSettled([
    start(
      'Kafka',
      new Server(images.kafka)
        .withExposedPorts({ container: 9092, host: ports.kafka })
        .withEnvironment(kafkaEnvironment(broker)),
      () => kafkaAnswers(broker),
    ),
    start(
      'schema registry',
      new Server(images.registry)
        .withExposedPorts({ container: 8080, host: ports.registry })
        .withEnvironment({ REGISTRY_DATASOURCE_URL: 'jdbc:h2:file:/tmp/registry;WRITE_DELAY=0' }),
      () => registryAnswers(registryUrl),
    ),
    start(
      'Redis',
      new Server(images.redis)
        .withExposedPorts({ container: 6379, host: ports.redis })
        .withCopyFilesToContainer([{ source: redisConfigFile, target: '/etc/redis.conf' }])
        // Within the container it has to listen to all, and a published port is not the loopback to it.
        .withCommand(['redis-server', '/etc/redis.conf', '--bind', '0.0.0.0', '--protected-mode', 'no']),
      () => redisAnswers(redisAddress),
    ),
  ]);
  const [kafka, registry, redis] = started.map((result) =>
    result.status === 'fulfilled' ? result.value : null,
  );
  if (!kafka || !registry || !redis) {
    await removeContainers([...containerIds]);
    throw started.find((result) => result.status === 'rejected')?.reason;
  }
  return {
    kind: 'containers',
    brokers: [broker],
    registryUrl,
    redisAddress,
    kafka,
    registry,
    redis,
    stop: () => removeContainers([...containerIds]),
    handle: outlives ? { kind: 'containers', containerIds: [...containerIds] } : null,
  };
}

/** Removes containers, running or not; those that are gone already are passed over. */
export async function removeContainers(ids: readonly string[]): Promise<void> {
  const client = await engine();
  await Promise.all(
    ids.map(async (id) => {
      try {
        await client.container.dockerode.getContainer(id).remove({ force: true, v: true });
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode !== 404) throw error;
      }
    }),
  );
}
