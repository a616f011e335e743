import type { RedisConnection } from '@offerlock/config';
import { OfferlockError } from '@offerlock/lifecycle';
import type { AgentAnnouncement, AgentBoard } from '../agent-board.ts';
import { createRedisClient, type RedisClientOptions } from './client.ts';
import { projectionKeys } from './keys.ts';
import { readScript } from './script.ts';

export interface RedisAgentBoardOptions extends RedisClientOptions {
  /** ms since 1970. */
  readonly now?: () => number;
}

const announceAgents = readScript('announce-agents.lua');

/** One hash for all tenants, so that whoever decides reads it with one command. */
export function createRedisAgentBoard(
  connection: RedisConnection,
  options: RedisAgentBoardOptions = {},
): AgentBoard {
  const { now = Date.now } = options;
  const client = createRedisClient(connection, options);
  const names = projectionKeys(connection.keyPrefix);
  return {
    async announce({ tenantId, actionTargetId, agentsOnQueue, until }) {
      const value = JSON.stringify({ agentsOnQueue, until });
      await client.run('announce agents', (redis) =>
        announceAgents(redis, [names.agents], [`${tenantId}/${actionTargetId}`, value, now()]),
      );
    },
    async announcements() {
      const fields = await client.run('read the announcements', (redis) => redis.hgetall(names.agents));
      return Object.entries(fields)
        .map(([field, value]) => announcementOf(field, value, names.agents))
        .filter(({ until }) => until > now());
    },
    close: client.close,
  };
}

function announcementOf(field: string, value: string, redisKey: string): AgentAnnouncement {
  // Ids hold no slash.
  const [tenantId = '', actionTargetId = ''] = field.split('/');
  try {
    const { agentsOnQueue, until } = JSON.parse(value) as Record<string, unknown>;
    if (typeof agentsOnQueue === 'number' && typeof until === 'number') {
      return { tenantId, actionTargetId, agentsOnQueue, until };
    }
  } catch {
    // Told below.
  }
  throw new OfferlockError(
    'PROJECTION_CORRUPT',
    `not an announcement that we wrote: field ${field} of ${redisKey}; delete the field`,
    { details: { redisKey, field } },
  );
}
