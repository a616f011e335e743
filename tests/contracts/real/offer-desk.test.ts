import { openRedisBoard, openRedisDesk, openRedisProgress } from '../../support/redis-desk.ts';
import { stackRedis } from '../../support/redis-projection.ts';
import { agentBoardContract } from '../agent-board.contract.ts';
import { offerDeskContract, unreadyDeskContract } from '../offer-desk.contract.ts';
import { progressContract } from '../progress.contract.ts';

const redis = 'a single Redis';
offerDeskContract(redis, () => openRedisDesk(stackRedis()));
unreadyDeskContract(redis, () => openRedisDesk(stackRedis()));
progressContract(redis, async () => openRedisProgress(stackRedis()));
agentBoardContract(redis, async () => openRedisBoard(stackRedis()));
