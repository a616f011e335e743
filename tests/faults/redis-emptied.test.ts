/*
 * Property: a Redis that has lost everything is brought back to where the log is before anybody builds on it.
 * Provoked by deleting every key of an installation while its projectors are stopped, then starting several at once.
 */
import { afterEach, expect, test } from '@jest/globals';
import { redisConnectionOf, redisVariables, parseVariables } from '@offerlock/config';
import { createRedisOfferDesk, createRedisProgressReader } from '@offerlock/projection/redis';
import { createInstallation, type Installation } from '../support/installation.ts';
import { publishSimulated } from '../support/publish-simulated.ts';
import { rawRedis } from '../support/redis-desk.ts';

const events = 10_000;

let installation: Installation;
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0)) await thing.close();
  await installation.close();
});

test('projectors that find Redis empty restore it from the changelog, and the rest is as if nothing had been', async () => {
  installation = await createInstallation();
  const connection = redisConnectionOf(
    parseVariables(redisVariables, { ...process.env, ...installation.environment }),
  );
  const redis = rawRedis(connection);
  opened.push({ close: async () => redis.disconnect() });
  const desk = createRedisOfferDesk(connection);
  opened.push(desk);
  const isReady = async () => (await desk.read('default/anybody', null)).ready;

  await publishSimulated(installation, { seed: 1, events });
  const first = installation.startProjector();
  await installation.drained();
  await installation.until(isReady);
  expect((await installation.compare()).differences).toEqual([]);
  first.kill('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });

  const keys = await redis.keys(`${connection.keyPrefix}*`);
  for (let begin = 0; begin < keys.length; begin += 1_000) await redis.del(keys.slice(begin, begin + 1_000));
  expect(await isReady()).toBe(false);
  await publishSimulated(installation, { seed: 2, events });

  const others = [installation.startProjector(), installation.startProjector()];
  await installation.until(isReady);
  const restored = others.flatMap(({ logLines }) =>
    logLines.filter(({ msg }) => msg === 'the projection is complete'),
  );
  expect(restored.length).toBeGreaterThan(0);
  expect(restored[0]?.['read']).toBeGreaterThan(1_000);
  await installation.drained();
  expect((await installation.compare()).differences).toEqual([]);
}, 300_000);

test('a new projection is ready at once, and tells how far every partition is folded, idle ones included', async () => {
  installation = await createInstallation({ partitions: 3 });
  const connection = redisConnectionOf(
    parseVariables(redisVariables, { ...process.env, ...installation.environment }),
  );
  const reader = createRedisProgressReader(connection);
  opened.push(reader);
  const startedMs = Date.now();
  installation.startProjector();
  const isFolded = async (sinceMs: number) => {
    const { partitions, foldedThroughMs } = await reader.progress();
    return (
      partitions === 3 && [0, 1, 2].every((partition) => (foldedThroughMs.get(partition) ?? 0) > sinceMs)
    );
  };
  await installation.until(() => isFolded(startedMs));
  await publishSimulated(installation, { seed: 3, events: 100 });
  const publishedMs = Date.now();
  await installation.until(() => isFolded(publishedMs));
  expect((await installation.compare()).differences).toEqual([]);
}, 300_000);
