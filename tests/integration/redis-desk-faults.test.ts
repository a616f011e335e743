/**
 * Property: whatever happens to Redis, a decision hears within its short time that it cannot be made safe; a Redis that is
 * only slow keeps its connections, one that is silent gets new ones, and the desk recovers by itself.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createRedisOfferDesk,
  createRedisProjectionStore,
  type RedisOfferDeskOptions,
} from '@offerlock/projection/redis';
import { pendingOffer } from '../contracts/offer-desk.contract.ts';
import { startHoldingProxy } from '../support/holding-proxy.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { redisAt } from '../support/redis-projection.ts';
import { startRedisServer, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const unavailable = { code: 'PROJECTION_UNAVAILABLE', handling: 'retry' };
const customer = 'default/ann';
const decided = { put: [pendingOffer()], remove: [], answer: null };

const opened: { close(): Promise<void> }[] = [];
/** Closed after the test, last first. */
function own<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
  opened.push(thing);
  return thing;
}

let server: RedisServer;
beforeEach(async () => {
  server = await startRedisServer();
  own({ close: () => server.remove() });
});
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close();
});

/** A desk behind a network that can be slow, and one beside it. Both have been used. */
async function begin(options: RedisOfferDeskOptions = {}) {
  const proxy = own(await startHoldingProxy(server.port));
  const connection = redisAt('standalone', [proxy.address]);
  const direct = { ...connection, addresses: [server.address] };
  const store = own(createRedisProjectionStore(direct));
  await store.prepare({ partitions: 4 });
  await store.noteReady();
  const desk = own(createRedisOfferDesk(connection, { timeoutMs: 50, ...options }));
  const other = own(createRedisOfferDesk(direct));
  await until('the desk answers', async () => (await desk.read(customer, null)).ready);
  await other.read(customer, null);
  return { proxy, store, desk, other };
}

const connectionsMade = async () =>
  Number(/total_connections_received:(\d+)/.exec(await server.command('info', 'stats'))?.[1]);

/** Connections that somebody made while `work` ran, besides the looking. */
async function connectionsDuring(work: () => Promise<void>): Promise<number> {
  const before = await connectionsMade();
  await work();
  return (await connectionsMade()) - before - 1;
}

test('a Redis that is slow makes calls fail in time, keeps its connection, and serves again', async () => {
  const { proxy, desk } = await begin();
  const made = await connectionsDuring(async () => {
    for (let round = 0; round < 3; round += 1) {
      proxy.hold();
      const start = performance.now();
      const calls = Array.from({ length: 20 }, () => desk.read(customer, null));
      for (const call of calls) await expect(call).rejects.toMatchObject(unavailable);
      expect(performance.now() - start).toBeLessThan(2_000);
      proxy.release();
      await until('it serves again', async () => (await desk.read(customer, null)).ready);
    }
  });
  expect(made).toBe(0);
});

test('a Redis that stays silent gets a new connection, and serves again', async () => {
  const { proxy, desk } = await begin({ silenceMaxMs: 200 });
  proxy.hold();
  await expect(desk.read(customer, null)).rejects.toMatchObject(unavailable);
  const before = await connectionsMade();
  await until('the desk connects anew', async () => (await connectionsMade()) - before > 1);
  await expect(desk.read(customer, null)).rejects.toMatchObject(unavailable);
  proxy.release();
  await until('it serves again', async () => (await desk.read(customer, null)).ready);
});

test('calls that wait for a silent Redis are bounded', async () => {
  const { proxy, desk } = await begin({ callsMax: 5, timeoutMs: 300 });
  proxy.hold();
  const calls = Array.from({ length: 5 }, () => desk.read(customer, null));
  const one = desk.read(customer, null);
  await expect(one).rejects.toMatchObject({
    ...unavailable,
    message: expect.stringContaining('5 calls wait'),
  });
  for (const call of calls) await expect(call).rejects.toMatchObject(unavailable);
  // They gave up, and still wait.
  await expect(desk.read(customer, null)).rejects.toMatchObject({
    message: expect.stringContaining('5 calls wait'),
  });
  proxy.release();
  await until('it serves again', async () => (await desk.read(customer, null)).ready);
});

test('a write that gave up may be executed later: then it is as if somebody else had written', async () => {
  const { proxy, desk, other } = await begin();
  const view = await desk.read(customer, null);
  proxy.hold();
  await expect(desk.write(customer, view, decided)).rejects.toMatchObject(unavailable);
  expect((await other.read(customer, null)).pending).toEqual([]);
  proxy.release();
  await until('the late write arrived', async () => (await other.read(customer, null)).pending.length === 1);
  expect(await desk.write(customer, view, decided)).toBe('changed');
});

test('a write that gave up changes nothing if somebody has written in between', async () => {
  const { proxy, desk, other } = await begin();
  const view = await desk.read(customer, null);
  proxy.hold();
  await expect(desk.write(customer, view, decided)).rejects.toMatchObject(unavailable);
  const promised = pendingOffer({ actionId: 'of the other' });
  expect(await other.write(customer, view, { ...decided, put: [promised] })).toBe('written');
  proxy.release();
  // Answers come in the order of the calls, so the late write has been refused by then.
  await until('it serves again', async () => (await desk.read(customer, null)).ready);
  expect((await other.read(customer, null)).pending).toEqual([promised]);
});

test('a Redis that comes back empty is not ready, and nothing is promised', async () => {
  const { other } = await begin();
  const view = await other.read(customer, null);
  await server.kill();
  await expect(other.read(customer, null)).rejects.toMatchObject(unavailable);
  await server.start();
  await until('it serves again', async () => !(await other.read(customer, null)).ready);
  expect(await other.write(customer, view, decided)).toBe('changed');
  expect(await other.read(customer, null)).toEqual({ ...view, ready: false });
});

test('in a cluster, customers of other nodes are served while one is silent', async () => {
  const cluster = await startRedisCluster();
  own({ close: () => cluster.remove() });
  const connection = redisAt('cluster', cluster.addresses);
  const store = own(createRedisProjectionStore(connection));
  await store.prepare({ partitions: 4 });
  await store.noteReady();
  const desk = own(createRedisOfferDesk(connection, { timeoutMs: 200 }));
  const customers = Array.from({ length: 30 }, (_, at) => `default/customer-${at}`);
  const served = async () => {
    const reads = await Promise.allSettled(customers.map((one) => desk.read(one, null)));
    return reads.filter(({ status }) => status === 'fulfilled').length;
  };
  await until('all are served', async () => (await served()) === customers.length);

  const metaKey = `${connection.keyPrefix}offerlock:meta`;
  const holders = await Promise.all(cluster.nodes.map((node) => node.command('keys', metaKey)));
  const silent = cluster.nodes[holders.findIndex((keys) => keys !== metaKey)]!;
  silent.pause();
  const someServed = await served();
  expect(someServed).toBeGreaterThan(5);
  expect(someServed).toBeLessThan(customers.length);
  silent.resume();
  await until('all are served again', async () => (await served()) === customers.length);
});
