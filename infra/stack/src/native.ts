import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuard } from './guarded.ts';
import { fetchKafka, nativeKafka } from './native-kafka.ts';
import { fetchRedis, nativeRedis } from './native-redis.ts';
import { fetchRegistry, nativeRegistry } from './native-registry.ts';
import { registryUrlOf, startAll, type Launch, type OwnStack } from './stack.ts';

/** Starts the servers as processes of this machine, over a temporary directory. On failure nothing is left behind. */
export async function startNative({ ports, outlives, log }: Launch): Promise<OwnStack> {
  // One after the other: two Mavens at once would meet in the same local repository.
  const kafkaJars = await fetchKafka(log);
  const registryDir = await fetchRegistry(log);
  const redisServer = await fetchRedis(log);

  const dataDir = await mkdtemp(join(tmpdir(), 'offerlock-stack-'));
  const guard = startGuard(dataDir);
  try {
    log(`starting Kafka, schema registry and Redis; data and logs in ${dataDir}`);
    const redis = nativeRedis(guard, redisServer, ports.redis, dataDir);
    const registry = nativeRegistry(guard, registryDir, ports.registry, dataDir);
    const kafka = nativeKafka(guard, kafkaJars, ports.kafka, dataDir);
    const servers = await startAll({ kafka, registry, redis }, log);
    const socketPath = join(dataDir, 'stack.sock');
    if (outlives) await guard.outlive(socketPath);
    return {
      kind: 'native',
      brokers: [`127.0.0.1:${ports.kafka}`],
      registryUrl: registryUrlOf('127.0.0.1', ports.registry),
      redisAddress: `127.0.0.1:${ports.redis}`,
      ...servers,
      stop: () => guard.end(),
      handle: outlives ? { kind: 'native', socketPath } : null,
    };
  } catch (error) {
    await guard.end();
    throw error;
  }
}
