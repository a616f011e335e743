export { createRedisProjectionReader } from './redis-projection-reader.ts';
export {
  createRedisProjectionStore,
  type RedisProjectionStore,
  type RedisProjectionStoreOptions,
} from './redis-projection-store.ts';
export type { RedisClientOptions, RedisLogger } from './client.ts';
