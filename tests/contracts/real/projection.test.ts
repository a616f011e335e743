import { openRedisProjection, stackRedis } from '../../support/redis-projection.ts';
import { projectionContract } from '../projection.contract.ts';

projectionContract('a single Redis', async () => openRedisProjection(stackRedis()));
