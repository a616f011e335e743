import type { RedisConnection } from '@offerlock/config';
import { OfferlockError } from '@offerlock/lifecycle';
import { Cluster } from 'ioredis';
import type { ProjectionStore } from '../ports.ts';
import { createRedisClient, type RedisClientOptions } from './client.ts';
import { groupOffers } from './groups.ts';
import { metaFields, projectionKeys, readyValue } from './keys.ts';
import { readScript } from './script.ts';
import { formatValue, parseValue, valueFormat } from './value.ts';

export interface RedisProjectionStoreOptions extends RedisClientOptions {
  /** A customer's offers expire after this time without a change. Default 400 days. */
  readonly ttlMs?: number;
  /**
   * Offers per script call, hence per atomic group. Default 100: fewer cost more time, more gain none and keep other
   * clients waiting. In a cluster a call takes the offers of one customer, because its keys must share a slot.
   */
  readonly offersPerCall?: number;
}

export interface RedisProjectionStore extends ProjectionStore {
  /** Resolves if Redis answers; rejects with `PROJECTION_UNAVAILABLE`. */
  ping(): Promise<void>;
  /**
   * What Redis does when its memory is full (`maxmemory-policy`), the first answer that is not `noeviction` if there
   * are several nodes. Anything but `noeviction` can lose locks. `unknown`: we may not ask.
   */
  evictionPolicy(): Promise<string>;
}

const ttlMsDefault = 400 * 24 * 3_600_000;
const offersPerCallDefault = 100;

const prepareMeta = readScript('prepare-meta.lua');
const loadOffers = readScript('load-offers.lua');
const saveOffers = readScript('save-offers.lua');

export function createRedisProjectionStore(
  connection: RedisConnection,
  options: RedisProjectionStoreOptions = {},
): RedisProjectionStore {
  const client = createRedisClient(connection, options);
  const names = projectionKeys(connection.keyPrefix);
  const ttlMs = options.ttlMs ?? ttlMsDefault;
  const offersPerCall = connection.mode === 'cluster' ? 1 : (options.offersPerCall ?? offersPerCallDefault);
  // Until then it may be this store that restores the projection.
  let wasReady = false;

  return {
    async prepare({ partitions }) {
      const reply = await client.run('prepare the projection', (redis) =>
        prepareMeta(redis, [names.meta], [valueFormat, partitions]),
      );
      const [format, storedPartitions, ready] = reply as readonly (string | null)[];
      if (format !== valueFormat) {
        throw new OfferlockError(
          'PROJECTION_FORMAT_UNSUPPORTED',
          `the projection is in format ${format}, this version writes ${valueFormat}`,
          { details: { redisKey: names.meta, format } },
        );
      }
      if (storedPartitions !== String(partitions)) {
        throw new OfferlockError(
          'PARTITION_COUNT_CHANGED',
          `the projection belongs to a log of ${storedPartitions} partitions, not ${partitions}: ` +
            'let the projectors drain the old log, then run "offerlock rebuild"',
          { details: { redisKey: names.meta, stored: storedPartitions, partitions } },
        );
      }
      wasReady = ready === readyValue;
      return { ready: wasReady };
    },

    async noteReady() {
      await client.run('note that the projection is ready', (redis) =>
        redis.hset(names.meta, metaFields.ready, readyValue),
      );
      wasReady = true;
    },

    async load(keys) {
      const redisKeys = keys.map(({ customer }) => names.offers(customer));
      const groups = groupOffers(keys, offersPerCall);
      const [replies, ready] = await client.run('load offers', (redis) =>
        Promise.all([
          Promise.all(
            groups.map((group) =>
              loadOffers(
                redis,
                group.map((index) => redisKeys[index]!),
                group.map((index) => keys[index]!.actionMapId),
              ),
            ),
          ),
          // Sent after the others: a server that was emptied before it answered them is not ready now.
          wasReady ? redis.hget(names.meta, metaFields.ready) : readyValue,
        ]),
      );
      if (ready !== readyValue) {
        throw new OfferlockError(
          'PROJECTION_UNAVAILABLE',
          'Redis has lost the projection: restart the projectors, they restore it from the changelog',
          { details: { redisKey: names.meta } },
        );
      }
      const offers = Array.from<ReturnType<typeof parseValue> | null>({ length: keys.length }).fill(null);
      for (const [groupIndex, group] of groups.entries()) {
        const values = replies[groupIndex] as readonly (string | null)[];
        for (const [place, index] of group.entries()) {
          const value = values[place];
          if (typeof value !== 'string') continue;
          offers[index] = parseValue(value, redisKeys[index]!, keys[index]!.actionMapId);
        }
      }
      return offers;
    },

    async save(writes) {
      const groups = groupOffers(
        writes.map(({ key }) => key),
        offersPerCall,
      );
      const replies = await client.run('save offers', (redis) =>
        Promise.all(
          groups.map((group) => {
            const redisKeys: string[] = [];
            const args: (string | number)[] = [ttlMs];
            for (const index of group) {
              const { key, position, stateJson, before } = writes[index]!;
              redisKeys.push(names.offers(key.customer));
              args.push(key.actionMapId, formatValue(position, stateJson, before));
            }
            return saveOffers(redis, redisKeys, args);
          }),
        ),
      );
      return replies.includes(0) ? 'superseded' : 'saved';
    },

    async noteFolded(foldedThroughMs) {
      if (foldedThroughMs.size === 0) return;
      const scores = [...foldedThroughMs].flatMap(([partition, timeMs]) => [timeMs, String(partition)]);
      await client.run('note the progress', (redis) => redis.zadd(names.progress, 'GT', ...scores));
    },

    async ping() {
      await client.run('reach Redis', (redis) => redis.ping());
    },

    async evictionPolicy() {
      const policies = await client.run('read the eviction policy', (redis) => {
        const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
        return Promise.all(servers.map(async (server) => policyOf(server)));
      });
      return policies.find((policy) => policy !== 'noeviction') ?? 'noeviction';
    },

    close: client.close,
  };
}

async function policyOf(server: { config(get: 'GET', name: string): Promise<unknown> }): Promise<string> {
  try {
    const [, policy] = (await server.config('GET', 'maxmemory-policy')) as string[];
    return policy ?? 'unknown';
  } catch (error) {
    // The server answered: the command is forbidden, or renamed away, as hosted ones do.
    if (error instanceof Error && error.name === 'ReplyError') return 'unknown';
    throw error;
  }
}
