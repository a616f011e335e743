export { createRedisAgentBoard, type RedisAgentBoardOptions } from './redis-agent-board.ts';
export { createRedisOfferDesk, type RedisOfferDeskOptions } from './redis-offer-desk.ts';
export { createRedisProgressReader } from './redis-progress-reader.ts';
export { createRedisProjectionReader } from './redis-projection-reader.ts';
export {
  createRedisProjectionStore,
  type RedisProjectionStore,
  type RedisProjectionStoreOptions,
} from './redis-projection-store.ts';
export type { RedisClientOptions, RedisLogger } from './client.ts';
