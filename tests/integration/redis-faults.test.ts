/**
 * Property: whatever happens to Redis, a call ends within its time with an error that says "try again", a save that
 * seemed lost cannot undo what a later claim wrote, and the store recovers by itself. Each test does it to its own server.
 */
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createRedisProjectionStore, type RedisProjectionStore } from '@offerlock/projection/redis';
import { startHoldingProxy } from '../support/holding-proxy.ts';
import { offerWrite, offerWrites } from '../support/offer-writes.ts';
import { redisAt } from '../support/redis-projection.ts';
import { startRedisSentinel, startRedisServer, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const unavailable = { code: 'PROJECTION_UNAVAILABLE', handling: 'retry' };

const opened: { close(): Promise<void> }[] = [];
/** Closed after the test, last first. */
function own<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
  opened.push(thing);
  return thing;
}
const ownServer = (started: RedisServer): RedisServer => {
  own({ close: () => started.remove() });
  return started;
};

let server: RedisServer;
beforeEach(async () => {
  server = ownServer(await startRedisServer());
});
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close();
});

const openStore = (timeoutMs: number): RedisProjectionStore =>
  own(createRedisProjectionStore(redisAt('standalone', [server.address]), { timeoutMs }));

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function savesAgain(store: RedisProjectionStore): Promise<void> {
  await until('a save succeeds', async () => (await store.save([offerWrite('again', 9, 1n)])) === 'saved');
}

test('a stopped Redis makes calls fail in time, and a started one makes them succeed again', async () => {
  const messages: string[] = [];
  const store = own(
    createRedisProjectionStore(redisAt('standalone', [server.address]), {
      timeoutMs: 500,
      logger: { warn: (_details, message) => messages.push(message) },
    }),
  );
  await store.ping();
  await server.kill();
  for (const call of [
    () => store.load([offerWrite('a', 1, 1n).key]),
    () => store.save([offerWrite('a', 1, 1n)]),
    () => store.prepare({ partitions: 1 }),
    () => store.ping(),
    () => store.evictionPolicy(),
  ]) {
    const timeMs = await millisecondsOf(() => expect(call()).rejects.toMatchObject(unavailable));
    expect(timeMs).toBeLessThan(15_000);
  }
  await until('the lost connection is told, once', () => messages.join() === 'no connection to Redis');
  await server.start();
  await savesAgain(store);
});

test('a restarted Redis knows no scripts, which nobody notices', async () => {
  const store = openStore(5_000);
  await store.save(offerWrites(500, 1, 0n));
  await server.kill();
  await server.start();
  const writes = offerWrites(500, 1, 0n);
  expect(await store.save(writes)).toBe('saved');
  expect((await store.load(writes.map(({ key }) => key))).includes(null)).toBe(false);
});

test('a Redis that has lost a projection gives nothing to fold on until it is restored', async () => {
  const connection = redisAt('standalone', [server.address]);
  const store = own(createRedisProjectionStore(connection));
  const write = offerWrite('a', 1, 1n);
  await store.prepare({ partitions: 4 });
  await store.noteReady();
  await store.save([write]);
  expect(await store.load([write.key])).toMatchObject([{ stateJson: write.stateJson }]);

  await server.command('flushall');
  await expect(store.load([write.key])).rejects.toMatchObject({
    ...unavailable,
    message: expect.stringContaining('has lost the projection'),
  });

  // Who restores it looks at what is there, of course.
  const restoring = own(createRedisProjectionStore(connection));
  expect(await restoring.prepare({ partitions: 4 })).toEqual({ ready: false });
  expect(await restoring.load([write.key])).toEqual([null]);
  await restoring.save([write]);
  await restoring.noteReady();
  expect(await store.load([write.key])).toMatchObject([{ stateJson: write.stateJson }]);
});

test('a Redis that does not answer makes calls fail in time', async () => {
  const store = openStore(300);
  await store.save([offerWrite('a', 1, 1n)]);
  server.pause();
  for (let round = 0; round < 3; round += 1) {
    const timeMs = await millisecondsOf(() =>
      expect(store.save([offerWrite('a', 2, 1n)])).rejects.toMatchObject(unavailable),
    );
    expect(timeMs).toBeLessThan(15_000);
  }
  server.resume();
  await savesAgain(store);
});

test('a store that finds a Redis that does not answer works once it does', async () => {
  server.pause();
  const store = openStore(300);
  await expect(store.load([offerWrite('a', 1, 1n).key])).rejects.toMatchObject(unavailable);
  server.resume();
  await savesAgain(store);
});

test('a save whose connection dies fails at once, and is not sent again', async () => {
  const store = openStore(30_000);
  await store.ping();
  server.pause();
  const timeMs = await millisecondsOf(() =>
    Promise.all([
      expect(store.save(offerWrites(500, 1, 0n))).rejects.toMatchObject(unavailable),
      server.kill(),
    ]),
  );
  expect(timeMs).toBeLessThan(15_000);
  await server.start();
  await store.ping();
  expect(await server.command('dbsize')).toBe('0');
});

test('a save that timed out may be executed later, but not over what a later claim wrote', async () => {
  const proxy = own(await startHoldingProxy(server.port));
  const connection = redisAt('standalone', [proxy.address]);
  const slow = own(createRedisProjectionStore(connection, { timeoutMs: 500 }));
  const direct = own(createRedisProjectionStore({ ...connection, addresses: [server.address] }));
  const [overtaken, alone] = [offerWrite('overtaken', 1, 50n), offerWrite('alone', 1, 51n)];
  await slow.ping();

  proxy.hold();
  await expect(slow.save([overtaken])).rejects.toMatchObject(unavailable);
  const newer = offerWrite('overtaken', 2, 50n);
  expect(await direct.save([newer])).toBe('saved');
  expect(await direct.load([overtaken.key])).toMatchObject([{ position: newer.position }]);
  const callsBefore = await scriptCalls();
  proxy.release();
  await until('the late save arrived', async () => (await scriptCalls()) > callsBefore);
  expect(await direct.load([overtaken.key])).toMatchObject([{ stateJson: newer.stateJson }]);

  // The same without anybody in between: it is executed, so the above was a refusal.
  await until('the slow store is back', async () => (await slow.load([alone.key]))[0] === null);
  proxy.hold();
  await expect(slow.save([alone])).rejects.toMatchObject(unavailable);
  proxy.release();
  await until('the late save is executed', async () => (await direct.load([alone.key]))[0] !== null);
});

/** Script calls that the server received, by hash or by text. */
async function scriptCalls(): Promise<number> {
  const stats = await server.command('info', 'commandstats');
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  );
}

test('a full Redis that may not evict refuses saves, keeps everything and answers loads', async () => {
  const store = openStore(5_000);
  const kept = offerWrite('kept', 1, 1n);
  await store.save([kept]);
  await server.command('config', 'set', 'maxmemory', '1mb');
  await expect(store.save(offerWrites(300, 1, 2n))).rejects.toMatchObject({
    ...unavailable,
    message: expect.stringContaining('OOM'),
  });
  expect(await store.load([kept.key, offerWrite('customer-0', 1, 2n).key])).toMatchObject([
    { position: kept.position },
    null,
  ]);
  await server.command('config', 'set', 'maxmemory', '0');
  await savesAgain(store);
});

test('a replica refuses saves until it is promoted', async () => {
  const replica = ownServer(await startRedisServer('--replicaof', '127.0.0.1', String(server.port)));
  await until('the replica is in step', async () =>
    (await replica.command('info', 'replication')).includes('master_link_status:up'),
  );
  const store = own(createRedisProjectionStore(redisAt('standalone', [replica.address])));
  await expect(store.save([offerWrite('a', 1, 1n)])).rejects.toMatchObject({
    ...unavailable,
    message: expect.stringContaining('READONLY'),
  });
  await replica.command('replicaof', 'no', 'one');
  await savesAgain(store);
});

test('with sentinels the store follows a failover', async () => {
  const replica = ownServer(await startRedisServer('--replicaof', '127.0.0.1', String(server.port)));
  const sentinel = ownServer(await startRedisSentinel(server.port));
  await until('the sentinel knows the replica', async () =>
    (await sentinel.command('sentinel', 'replicas', 'mymaster')).includes('master-link-status\nok'),
  );
  const store = own(
    createRedisProjectionStore(redisAt('sentinel', [sentinel.address]), { timeoutMs: 1_000 }),
  );
  const write = offerWrite('a', 1, 1n);
  expect(await store.save([write])).toBe('saved');
  expect(await server.command('wait', '1', '5000')).toBe('1');
  await server.kill();
  // It fails, unless the failover is faster than the test.
  const outcome = await store.save([write]).catch((error: unknown) => error);
  expect(outcome === 'saved' ? unavailable : outcome).toMatchObject(unavailable);
  await savesAgain(store);
  expect(await store.load([write.key])).toMatchObject([{ position: write.position }]);
  expect(await replica.command('role')).toContain('master');
});

test('a wrong password is an outage whose error and log keep it secret', async () => {
  await server.command('config', 'set', 'requirepass', 'right-secret');
  const logged: unknown[] = [];
  const connection = { ...redisAt('standalone', [server.address]), password: 'wrong-secret' };
  const store = own(
    createRedisProjectionStore(connection, {
      timeoutMs: 500,
      logger: { warn: (details) => logged.push(details) },
    }),
  );
  const error: unknown = await store.ping().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ ...unavailable, message: expect.stringContaining('WRONGPASS') });
  expect(logged).toHaveLength(1);
  expect(inspect([error, logged], { depth: 9, showHidden: true })).not.toContain('wrong-secret');
});

test('a closed store refuses calls, also those that waited for a connection', async () => {
  await server.kill();
  const store = openStore(30_000);
  await Promise.all([expect(store.ping()).rejects.toMatchObject(unavailable), store.close()]);
  await expect(store.save([offerWrite('a', 1, 1n)])).rejects.toMatchObject(unavailable);
  await store.close();
});
