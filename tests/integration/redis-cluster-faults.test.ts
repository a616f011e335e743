/** Property: a cluster that lost a node makes calls fail in time, and one that has it back serves them again. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRedisProjectionStore } from '@offerlock/projection/redis';
import { offerWrite, offerWrites } from '../support/offer-writes.ts';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.ts';
import { redisAt } from '../support/redis-projection.ts';
import { until } from '../support/until.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster.remove());

const unavailable = { code: 'PROJECTION_UNAVAILABLE' };

test('saves fail while a node is gone, and succeed by themselves when it is back', async () => {
  const store = createRedisProjectionStore(redisAt('cluster', cluster.addresses), { timeoutMs: 1_000 });
  expect(await store.save(offerWrites(300, 1, 0n))).toBe('saved');
  const [, node] = cluster.nodes;
  await node!.kill();
  for (let round = 2; round < 6; round += 1) {
    const start = performance.now();
    await expect(store.save(offerWrites(300, round, 0n))).rejects.toMatchObject(unavailable);
    expect(performance.now() - start).toBeLessThan(15_000);
  }
  await node!.start();
  await until('a save succeeds', async () => (await store.save(offerWrites(300, 9, 0n))) === 'saved');
  await store.close();
});

test('saves fail in time while a node does not answer, and succeed by themselves when it does', async () => {
  const store = createRedisProjectionStore(redisAt('cluster', cluster.addresses), { timeoutMs: 500 });
  expect(await store.save(offerWrites(300, 10, 0n))).toBe('saved');
  const [node] = cluster.nodes;
  node!.pause();
  const start = performance.now();
  await expect(store.save(offerWrites(300, 11, 0n))).rejects.toMatchObject(unavailable);
  expect(performance.now() - start).toBeLessThan(15_000);
  node!.resume();
  await until('a save succeeds', async () => (await store.save(offerWrites(300, 12, 0n))) === 'saved');
  await store.close();
});

test('every node tells its eviction policy, and the worst counts', async () => {
  const store = createRedisProjectionStore(redisAt('cluster', cluster.addresses));
  await store.save([offerWrite('any', 1, 1n)]);
  expect(await store.evictionPolicy()).toBe('noeviction');
  await cluster.nodes[2]!.command('config', 'set', 'maxmemory-policy', 'volatile-lru');
  expect(await store.evictionPolicy()).toBe('volatile-lru');
  await store.close();
});
