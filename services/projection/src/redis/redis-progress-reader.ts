import type { RedisConnection } from '@offerlock/config';
import type { ProgressReader } from '../offer-desk.ts';
import { createRedisClient, type RedisClientOptions } from './client.ts';
import { metaFields, projectionKeys } from './keys.ts';

export function createRedisProgressReader(
  connection: RedisConnection,
  options: RedisClientOptions = {},
): ProgressReader {
  const client = createRedisClient(connection, options);
  const names = projectionKeys(connection.keyPrefix);
  return {
    async progress() {
      const [partitions, scores] = await client.run('read the progress', (redis) =>
        Promise.all([
          redis.hget(names.meta, metaFields.partitions),
          redis.zrange(names.progress, 0, -1, 'WITHSCORES'),
        ]),
      );
      const foldedThroughMs = new Map<number, number>();
      for (let index = 0; index < scores.length; index += 2) {
        foldedThroughMs.set(Number(scores[index]), Number(scores[index + 1]));
      }
      return { partitions: partitions === null ? null : Number(partitions), foldedThroughMs };
    },
    close: client.close,
  };
}
