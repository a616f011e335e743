import { afterAll, beforeAll } from '@jest/globals';
import { startRedisCluster, type RedisCluster } from '../../support/redis-cluster.ts';
import { openRedisBoard, openRedisDesk, openRedisProgress } from '../../support/redis-desk.ts';
import { redisAt } from '../../support/redis-projection.ts';
import { agentBoardContract } from '../agent-board.contract.ts';
import { offerDeskContract, unreadyDeskContract } from '../offer-desk.contract.ts';
import { progressContract } from '../progress.contract.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster.remove());

const redis = 'a Redis Cluster of three masters';
const connection = () => redisAt('cluster', cluster.addresses);
offerDeskContract(redis, () => openRedisDesk(connection()));
unreadyDeskContract(redis, () => openRedisDesk(connection()));
progressContract(redis, async () => openRedisProgress(connection()));
agentBoardContract(redis, async () => openRedisBoard(connection()));
