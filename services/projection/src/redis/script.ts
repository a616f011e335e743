import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';

/** Runs a script; its file's header says what it takes and returns. */
export type Script = (
  redis: Redis | Cluster,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

/**
 * A script from this package's `lua` folder, sent by its hash. A server that does not know it (it was restarted, failed
 * over, flushed, or is another node of a cluster) has executed nothing, so the call is repeated with the whole text.
 */
export function readScript(file: `${string}.lua`): Script {
  // The folder lies beside src and dist, because tsc copies no Lua: one path leads there from both.
  const text = readFileSync(new URL(`../../lua/${file}`, import.meta.url), 'utf8');
  const hash = createHash('sha1').update(text).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(text, keys.length, ...keys, ...args);
    }
  };
}
