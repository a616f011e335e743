/** How the projection lies in Redis, and what its adapter says of what does not belong there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRedisProjectionReader, createRedisProjectionStore } from '@offerlock/projection/redis';
import { offerWrite, offerWrites } from '../support/offer-writes.ts';
import { redisAt } from '../support/redis-projection.ts';
import { startRedisServer, type RedisServer } from '../support/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.remove());

function openStore(options: Parameters<typeof createRedisProjectionStore>[1] = {}) {
  const connection = redisAt('standalone', [server.address]);
  return { connection, store: createRedisProjectionStore(connection, options) };
}

test('an offer is a field of its customer’s hash: position, space, JSON', async () => {
  const { connection, store } = openStore();
  const write = offerWrite('plain', 2, 17n);
  await store.save([write]);
  const redisKey = `${connection.keyPrefix}offerlock:offers:{default/plain}`;
  expect(await server.command('hget', redisKey, 'map')).toBe(
    `000000000002:0000000000000011 ${write.stateJson.slice(0, -1)},"before":null}`,
  );
  await store.close();
});

test('a customer’s offers expire after 400 days without a change, or another time if so told', async () => {
  const dayMs = 86_400_000;
  for (const { options, ttlMs } of [
    { options: {}, ttlMs: 400 * dayMs },
    { options: { ttlMs: dayMs }, ttlMs: dayMs },
  ]) {
    const { connection, store } = openStore(options);
    const redisKey = `${connection.keyPrefix}offerlock:offers:{default/ttl}`;
    for (const offset of [1n, 2n]) {
      await server.command('persist', redisKey);
      await store.save([offerWrite('ttl', 1, offset)]);
      const leftMs = Number(await server.command('pttl', redisKey));
      expect(leftMs).toBeGreaterThan(ttlMs - 60_000);
      expect(leftMs).toBeLessThanOrEqual(ttlMs);
    }
    await store.close();
  }
});

test('a superseded save does not prolong the life of what is stored', async () => {
  const { connection, store } = openStore();
  await store.save([offerWrite('late', 2, 1n)]);
  const redisKey = `${connection.keyPrefix}offerlock:offers:{default/late}`;
  await server.command('pexpire', redisKey, '100000');
  expect(await store.save([offerWrite('late', 1, 9n)])).toBe('superseded');
  expect(Number(await server.command('pttl', redisKey))).toBeLessThanOrEqual(100_000);
  await store.close();
});

test('a state restored without before loads as such', async () => {
  const { connection, store } = openStore();
  const { key, position, stateJson } = offerWrite('restored', 1, 1n);
  const redisKey = `${connection.keyPrefix}offerlock:offers:{default/restored}`;
  await server.command('hset', redisKey, 'map', `${position} ${stateJson}`);
  expect(await store.load([key])).toEqual([{ position, stateJson, before: 'unknown' }]);
  await store.close();
});

test('a value that we cannot have written is named, to the projector and to readers', async () => {
  const { connection, store } = openStore();
  const reader = createRedisProjectionReader(connection);
  const { key } = offerWrite('corrupt', 1, 1n);
  const redisKey = `${connection.keyPrefix}offerlock:offers:{default/corrupt}`;
  await server.command('hset', redisKey, 'map', '{"status":"offered"}');
  const corrupt = { code: 'PROJECTION_CORRUPT', details: { redisKey, actionMapId: 'map' } };
  await expect(store.load([offerWrite('other', 1, 1n).key, key])).rejects.toMatchObject(corrupt);
  await expect(reader.offersOf(key.customer)).rejects.toMatchObject(corrupt);
  await Promise.all([store.close(), reader.close()]);
});

test('a key of another type is corrupt, and nothing of its group is written', async () => {
  const { connection, store } = openStore();
  await server.command('set', `${connection.keyPrefix}offerlock:offers:{default/string}`, 'x');
  const good = offerWrite('good', 1, 1n);
  const corrupt = { code: 'PROJECTION_CORRUPT' };
  await expect(store.save([good, offerWrite('string', 1, 2n)])).rejects.toMatchObject(corrupt);
  await expect(store.load([offerWrite('string', 1, 2n).key])).rejects.toMatchObject(corrupt);
  expect(await store.load([good.key])).toEqual([null]);
  await store.close();
});

test('a projection in another format is refused and left alone', async () => {
  const { connection, store } = openStore();
  const redisKey = `${connection.keyPrefix}offerlock:meta`;
  await server.command('hset', redisKey, 'format', '2');
  await expect(store.prepare({ partitions: 4 })).rejects.toMatchObject({
    code: 'PROJECTION_FORMAT_UNSUPPORTED',
    details: { format: '2' },
  });
  expect(await server.command('hgetall', redisKey)).toBe('format\n2');
  await store.close();
});

test('scripts that the server forgets, before or during a save, are sent again', async () => {
  const { store } = openStore();
  await server.command('script', 'flush');
  for (let round = 0; round < 5; round += 1) {
    const writes = offerWrites(2_000, 1, BigInt(round * 2_000));
    const [result] = await Promise.all([
      store.save(writes),
      server.command('script', 'flush'),
      server.command('script', 'flush'),
    ]);
    expect(result).toBe('saved');
    const [loaded] = await Promise.all([
      store.load(writes.map(({ key }) => key)),
      server.command('script', 'flush'),
    ]);
    expect(loaded.map((offer) => offer?.position)).toEqual(writes.map(({ position }) => position));
  }
  await store.close();
});

test('the eviction policy is told, if we may ask', async () => {
  const { connection, store } = openStore();
  expect(await store.evictionPolicy()).toBe('noeviction');
  await server.command('config', 'set', 'maxmemory-policy', 'allkeys-lru');
  expect(await store.evictionPolicy()).toBe('allkeys-lru');
  await server.command('config', 'set', 'maxmemory-policy', 'noeviction');
  await server.command('acl', 'setuser', 'limited', 'on', '>limited-secret', '~*', '+@all', '-config');
  const limited = createRedisProjectionStore({
    ...connection,
    username: 'limited',
    password: 'limited-secret',
  });
  expect(await limited.evictionPolicy()).toBe('unknown');
  await Promise.all([store.close(), limited.close()]);
});

test('the built package finds its scripts', async () => {
  const connection = redisAt('standalone', [server.address]);
  const program = `
    import { createRedisProjectionStore } from '@offerlock/projection/redis';
    const store = createRedisProjectionStore(${JSON.stringify(connection)});
    await store.prepare({ partitions: 1 });
    const key = { customer: 'default/built', actionMapId: 'map' };
    const write = { key, position: '000000000001:0000000000000001', stateJson: '{"status":"offered"}', before: null };
    console.log(import.meta.resolve('@offerlock/projection/redis'));
    console.log(await store.save([write]), (await store.load([key]))[0].stateJson);
    await store.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: new URL('..', import.meta.url),
  });
  expect(stdout).toContain('/dist/redis/index.js\n');
  expect(stdout).toContain('saved {"status":"offered"}\n');
});
