import { redisConnectionOf, redisVariables, parseVariables } from '@offerlock/config';
import { Redis } from 'ioredis';

/** What a standalone Redis holds of one installation, counted by looking at every key. */
export interface RedisFacts {
  readonly customers: number;
  readonly offers: number;
  readonly locked: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Of the whole server. */
  readonly usedMemoryBytes: number;
}

export async function redisFacts(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RedisFacts> {
  const { addresses, keyPrefix } = redisConnectionOf(parseVariables(redisVariables, environment));
  const redis = new Redis(`redis://${addresses[0]}`);
  try {
    const byStatus: Record<string, number> = {};
    let [customers, offers, locked] = [0, 0, 0];
    for await (const keys of redis.scanStream({ match: `${keyPrefix}offerlock:offers:*`, count: 1_000 })) {
      const pipeline = redis.pipeline();
      for (const key of keys as readonly string[]) pipeline.hvals(key);
      for (const [error, values] of (await pipeline.exec()) ?? []) {
        if (error !== null) throw error;
        customers += 1;
        for (const value of values as readonly string[]) {
          const offer = JSON.parse(value.slice(value.indexOf(' '))) as { status: string; locked: unknown };
          offers += 1;
          if (offer.locked !== null) locked += 1;
          byStatus[offer.status] = (byStatus[offer.status] ?? 0) + 1;
        }
      }
    }
    const memory = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1];
    return { customers, offers, locked, byStatus, usedMemoryBytes: Number(memory) };
  } finally {
    redis.disconnect();
  }
}
