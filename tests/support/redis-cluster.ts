import { startRedisServer, type RedisServer } from './redis-server.ts';
import { until } from './until.ts';

/** A Redis Cluster of three masters without replicas, each with a third of the slots. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  readonly addresses: readonly string[];
  remove(): Promise<void>;
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const words = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const nodes = await Promise.all([
    startRedisServer(...words),
    startRedisServer(...words),
    startRedisServer(...words),
  ]);
  const addresses = nodes.map(({ address }) => address);
  await nodes[0].command('--cluster', 'create', ...addresses, '--cluster-yes');
  await until('every node sees the whole cluster', async () => {
    const infos = await Promise.all(nodes.map((node) => node.command('cluster', 'info')));
    return infos.every((info) => info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3'));
  });
  return {
    nodes,
    addresses,
    remove: async () => {
      await Promise.all(nodes.map((node) => node.remove()));
    },
  };
}
