import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { positionOf, type OfferWrite } from '@offerlock/projection';
import { startRedisCluster, type RedisCluster } from '../../support/redis-cluster.ts';
import { openRedisProjection, redisAt } from '../../support/redis-projection.ts';
import { projectionContract } from '../projection.contract.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster.remove());

projectionContract('a Redis Cluster of three masters', async () =>
  openRedisProjection(redisAt('cluster', cluster.addresses)),
);

test('offers spread over all nodes, each customer on one of them', async () => {
  const connection = redisAt('cluster', cluster.addresses);
  const projection = openRedisProjection(connection);
  const writes = Array.from({ length: 300 }, (_, index): OfferWrite => {
    const key = { customer: `default/spread-${index % 150}`, actionMapId: `map-${index}` };
    return { key, position: positionOf(1, BigInt(index)), stateJson: '{"status":"offered"}', before: null };
  });
  expect(await projection.store.save(writes)).toBe('saved');
  const keysOfNodes = await Promise.all(
    cluster.nodes.map(async (node) => {
      const keys = await node.command('keys', `${connection.keyPrefix}offerlock:offers:*`);
      return keys.split('\n').filter((key) => key !== '');
    }),
  );
  for (const keys of keysOfNodes) expect(keys.length).toBeGreaterThan(20);
  expect(new Set(keysOfNodes.flat()).size).toBe(150);
  expect(keysOfNodes.flat()).toHaveLength(150);
  await projection.close();
});

test('a slot may move to another node between, and during, loads and saves', async () => {
  const connection = redisAt('cluster', cluster.addresses);
  const projection = openRedisProjection(connection);
  const key = { customer: 'default/moving', actionMapId: 'map' };
  const save = (offset: bigint) =>
    projection.store.save([
      { key, position: positionOf(1, offset), stateJson: `{"at":"${offset}"}`, before: null },
    ]);
  const loaded = async () => (await projection.store.load([key]))[0]?.stateJson;
  expect(await save(1n)).toBe('saved');

  const redisKey = `${connection.keyPrefix}offerlock:offers:{${key.customer}}`;
  const { from, to } = await ownersOf(cluster, redisKey);
  const slot = await from.command('cluster', 'keyslot', redisKey);
  const [fromId, toId] = [await from.command('cluster', 'myid'), await to.command('cluster', 'myid')];
  await to.command('cluster', 'setslot', slot, 'importing', fromId);
  await from.command('cluster', 'setslot', slot, 'migrating', toId);
  expect(await from.command('migrate', '127.0.0.1', String(to.port), redisKey, '0', '5000')).toBe('OK');

  expect(await loaded()).toBe('{"at":"1"}');
  expect(await save(2n)).toBe('saved');

  for (const node of [to, from]) await node.command('cluster', 'setslot', slot, 'node', toId);
  expect(await loaded()).toBe('{"at":"2"}');
  expect(await save(3n)).toBe('saved');
  expect(await save(2n)).toBe('superseded');
  expect(await to.command('exists', redisKey)).toBe('1');
  await projection.close();
});

/** The node that holds the key, and another. */
async function ownersOf({ nodes }: RedisCluster, redisKey: string) {
  const held = await Promise.all(nodes.map((node) => node.command('keys', '*')));
  const index = held.findIndex((keys) => keys.split('\n').includes(redisKey));
  const from = nodes[index];
  const to = nodes[(index + 1) % nodes.length];
  if (from === undefined || to === undefined) throw new Error('no node holds the key');
  return { from, to };
}
