import type { RedisConnection } from '@offerlock/config';
import type { ProjectionReader } from '../ports.ts';
import { createRedisClient, type RedisClientOptions } from './client.ts';
import { projectionKeys } from './keys.ts';
import { offersFromHash } from './value.ts';

/** A reader needs no script and no right to write: one `HGETALL` per customer. Error: `PROJECTION_CORRUPT`. */
export function createRedisProjectionReader(
  connection: RedisConnection,
  options: RedisClientOptions = {},
): ProjectionReader {
  const client = createRedisClient(connection, options);
  const names = projectionKeys(connection.keyPrefix);
  return {
    async offersOf(customer) {
      const redisKey = names.offers(customer);
      const values = await client.run('read offers', (redis) => redis.hgetall(redisKey));
      return offersFromHash(Object.entries(values), redisKey);
    },
    close: client.close,
  };
}
