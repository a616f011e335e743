import type { RedisConnection } from '@offerlock/config';
import {
  createRedisAgentBoard,
  createRedisOfferDesk,
  createRedisProgressReader,
  createRedisProjectionStore,
} from '@offerlock/projection/redis';
import { Cluster, Redis } from 'ioredis';
import type { BoardUnderTest } from '../contracts/agent-board.contract.ts';
import type { UnreadyDeskUnderTest } from '../contracts/offer-desk.contract.ts';
import type { ProgressUnderTest } from '../contracts/progress.contract.ts';

/** A client without rules, to look at what is in Redis, and to do what nobody should. */
export function rawRedis({ mode, addresses }: RedisConnection): Redis | Cluster {
  const nodes = addresses.map((address) => {
    const { hostname, port } = new URL(`redis://${address}`);
    return { host: hostname, port: Number(port) };
  });
  return mode === 'cluster' ? new Cluster(nodes) : new Redis(nodes[0]!);
}

export async function openRedisDesk(connection: RedisConnection): Promise<UnreadyDeskUnderTest> {
  const store = createRedisProjectionStore(connection);
  const [desk, otherDesk] = [createRedisOfferDesk(connection), createRedisOfferDesk(connection)];
  const raw = rawRedis(connection);
  await store.prepare({ partitions: 4 });
  await store.noteReady();
  return {
    store,
    desk,
    otherDesk,
    takeReadyAway: async () => {
      await raw.hdel(`${connection.keyPrefix}offerlock:meta`, 'ready');
    },
    close: async () => {
      raw.disconnect();
      await Promise.all([store.close(), desk.close(), otherDesk.close()]);
    },
  };
}

export function openRedisProgress(connection: RedisConnection): ProgressUnderTest {
  const [store, otherStore] = [
    createRedisProjectionStore(connection),
    createRedisProjectionStore(connection),
  ];
  const progressReader = createRedisProgressReader(connection);
  return {
    store,
    otherStore,
    progressReader,
    close: async () => {
      await Promise.all([store.close(), otherStore.close(), progressReader.close()]);
    },
  };
}

export function openRedisBoard(connection: RedisConnection): BoardUnderTest {
  const [board, otherBoard] = [createRedisAgentBoard(connection), createRedisAgentBoard(connection)];
  return {
    board,
    otherBoard,
    close: async () => {
      await Promise.all([board.close(), otherBoard.close()]);
    },
  };
}
