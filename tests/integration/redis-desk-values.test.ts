/** How what is decided lies in Redis, and what its adapters say of what does not belong there. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { CustomerView, DeskWrite } from '@offerlock/projection';
import {
  createRedisAgentBoard,
  createRedisOfferDesk,
  createRedisProjectionStore,
  type RedisOfferDeskOptions,
} from '@offerlock/projection/redis';
import { pendingOffer } from '../contracts/offer-desk.contract.ts';
import { redisAt } from '../support/redis-projection.ts';
import { startRedisServer, type RedisServer } from '../support/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.remove());

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0)) await thing.close();
});

const customer = 'default/ann';
const dayMs = 24 * 3_600_000;

async function begin(options: RedisOfferDeskOptions = {}) {
  const connection = redisAt('standalone', [server.address]);
  const store = createRedisProjectionStore(connection);
  const desk = createRedisOfferDesk(connection, options);
  opened.push(store, desk);
  await store.prepare({ partitions: 4 });
  await store.noteReady();
  const keyOf = (kind: string) => `${connection.keyPrefix}offerlock:${kind}:{${customer}}`;
  return {
    connection,
    desk,
    offersKey: keyOf('offers'),
    pendingKey: keyOf('pending'),
    answerKey: `${keyOf('answer')}:request`,
    write: async (decided: Partial<DeskWrite>, view?: CustomerView) =>
      desk.write(customer, view ?? (await desk.read(customer, null)), {
        put: [],
        remove: [],
        answer: null,
        ...decided,
      }),
  };
}

const answer = { requestId: 'request', text: 'the answer', ttlMs: 30_000 };

test('a pending offer is a field of its customer’s hash, and an answer a key of its own', async () => {
  const { write, pendingKey, answerKey } = await begin();
  await write({ put: [pendingOffer({ actionMapId: 'map' })], answer });
  expect(JSON.parse(await server.command('hget', pendingKey, 'map'))).toEqual(
    pendingOffer({ actionMapId: 'map' }),
  );
  expect(await server.command('hlen', pendingKey)).toBe('2');
  expect(await server.command('get', answerKey)).toBe('the answer');
  expect(Number(await server.command('pttl', answerKey))).toBeGreaterThan(20_000);
  expect(Number(await server.command('pttl', answerKey))).toBeLessThanOrEqual(30_000);
});

test.each([
  { options: {}, ttlMs: dayMs },
  { options: { pendingTtlMs: 3_600_000 }, ttlMs: 3_600_000 },
])('pending offers expire after $ttlMs ms without a write or a release', async ({ options, ttlMs }) => {
  const { write, desk, pendingKey } = await begin(options);
  const change = [
    () => write({ put: [pendingOffer()] }),
    () => write({}),
    () => desk.release(customer, pendingOffer().actionId),
  ];
  for (const step of change) {
    await step();
    const leftMs = Number(await server.command('pttl', pendingKey));
    expect(leftMs).toBeGreaterThan(ttlMs - 60_000);
    expect(leftMs).toBeLessThanOrEqual(ttlMs);
    await server.command('persist', pendingKey);
  }
});

test('a write that is refused does not prolong anything', async () => {
  const { write, desk, pendingKey } = await begin();
  const view = await desk.read(customer, null);
  await write({ put: [pendingOffer()] });
  await server.command('pexpire', pendingKey, '100000');
  expect(await write({ put: [pendingOffer()], answer }, view)).toBe('changed');
  expect(Number(await server.command('pttl', pendingKey))).toBeLessThanOrEqual(100_000);
});

test('a projection that nobody has prepared is not ready', async () => {
  const { desk, connection, write } = await begin();
  await server.command('del', `${connection.keyPrefix}offerlock:meta`);
  expect((await desk.read(customer, null)).ready).toBe(false);
  expect(await write({ put: [pendingOffer()] })).toBe('changed');
});

const corruptIn = (redisKey: string) => ({
  code: 'PROJECTION_CORRUPT',
  details: { redisKey, actionMapId: 'map' },
});

test('a value that we cannot have written is named', async () => {
  const { desk, pendingKey, offersKey } = await begin();
  for (const value of ['no JSON', '7', '{"actionMapId":"map"}', JSON.stringify(pendingOffer())]) {
    await server.command('hset', pendingKey, 'map', value);
    await expect(desk.read(customer, null)).rejects.toMatchObject(corruptIn(pendingKey));
    await expect(desk.release(customer, 'any')).rejects.toMatchObject(corruptIn(pendingKey));
  }
  await server.command('del', pendingKey);
  await server.command('hset', offersKey, 'map', 'no offer');
  await expect(desk.read(customer, null)).rejects.toMatchObject(corruptIn(offersKey));
});

test('a key of another type is corrupt, and nothing is written', async () => {
  const { desk, write, pendingKey, answerKey, offersKey } = await begin();
  const view = await desk.read(customer, null);
  for (const key of [offersKey, pendingKey]) {
    await server.command('set', key, 'a string');
    const corrupt = { code: 'PROJECTION_CORRUPT' };
    await expect(write({ put: [pendingOffer()], answer }, view)).rejects.toMatchObject(corrupt);
    await expect(desk.read(customer, null)).rejects.toMatchObject(corrupt);
    expect(await server.command('exists', answerKey)).toBe('0');
    await server.command('del', key);
  }
  expect(await server.command('exists', pendingKey)).toBe('0');
  expect(await write({ put: [pendingOffer()], answer }, view)).toBe('written');
});

test('scripts that the server forgets are sent again', async () => {
  const { desk, write } = await begin();
  for (let round = 0; round < 3; round += 1) {
    await server.command('script', 'flush');
    expect(await write({ put: [pendingOffer()] })).toBe('written');
    await server.command('script', 'flush');
    expect(await desk.release(customer, pendingOffer().actionId)).toBe(true);
  }
});

test('an announcement that is over is removed by the next one', async () => {
  const { connection } = await begin();
  let nowMs = 1_790_000_000_000;
  const board = createRedisAgentBoard(connection, { now: () => nowMs });
  opened.push(board);
  const announce = (tenantId: string, actionTargetId: string) =>
    board.announce({ tenantId, actionTargetId, agentsOnQueue: 2, until: nowMs + 60_000 });
  const redisKey = `${connection.keyPrefix}offerlock:agents`;
  await announce('one', 'sales');
  nowMs += 30_000;
  await announce('other', 'sales');
  expect(await server.command('hkeys', redisKey)).toBe('one/sales\nother/sales');
  nowMs += 30_000;
  await announce('other', 'help');
  expect(await server.command('hkeys', redisKey)).toBe('other/sales\nother/help');
  expect(JSON.parse(await server.command('hget', redisKey, 'other/help'))).toEqual({
    agentsOnQueue: 2,
    until: nowMs + 60_000,
  });
});

test('an announcement that we cannot have made is named, and the next one removes it', async () => {
  const { connection } = await begin();
  const board = createRedisAgentBoard(connection);
  opened.push(board);
  const redisKey = `${connection.keyPrefix}offerlock:agents`;
  for (const value of ['no JSON', '{}', '{"agentsOnQueue":"2","until":1}']) {
    await server.command('hset', redisKey, 'default/sales', value);
    await expect(board.announcements()).rejects.toMatchObject({
      code: 'PROJECTION_CORRUPT',
      details: { redisKey, field: 'default/sales' },
    });
  }
  const until = Date.now() + 60_000;
  const help = { tenantId: 'default', actionTargetId: 'help', agentsOnQueue: 0, until };
  await board.announce(help);
  expect(await board.announcements()).toEqual([help]);
});
