import { randomUUID } from 'node:crypto';
import { parseVariables, redisConnectionOf, redisVariables, type RedisConnection } from '@offerlock/config';
import { createRedisProjectionReader, createRedisProjectionStore } from '@offerlock/projection/redis';
import type { ProjectionUnderTest } from '../contracts/projection.contract.ts';

/** The Redis of the stack, as its processes find it, with a key prefix of our own. */
export function stackRedis(): RedisConnection {
  return { ...redisConnectionOf(parseVariables(redisVariables, process.env)), keyPrefix: `${randomUUID()}:` };
}

/** A Redis that a test started at these addresses. */
export function redisAt(mode: RedisConnection['mode'], addresses: readonly string[]): RedisConnection {
  return {
    mode,
    addresses,
    sentinelMaster: 'mymaster',
    username: null,
    password: null,
    tls: false,
    keyPrefix: `${randomUUID()}:`,
  };
}

export function openRedisProjection(connection: RedisConnection): ProjectionUnderTest {
  const store = createRedisProjectionStore(connection);
  const otherStore = createRedisProjectionStore(connection);
  const reader = createRedisProjectionReader(connection);
  return {
    store,
    otherStore,
    reader,
    close: async () => {
      await Promise.all([store.close(), otherStore.close(), reader.close()]);
    },
  };
}
