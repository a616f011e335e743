import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from '../problem.ts';
import type { Caller } from './caller.ts';

export interface RateLimits {
  /** Requests per minute of one client address without a secret key; an IPv6 address counts as its /64. 0: no limit. */
  readonly perAddress: number;
  /** Requests per minute with one key, from wherever. 0: no limit. */
  readonly perKey: number;
}

const windowMs = 60_000;

/** Addresses, and keys, that are remembered; the one not seen for longest is forgotten first. */
const remembered = { cache: 20_000 };

/**
 * Counts requests. The answer rejects with 429 `RATE_LIMITED` and `Retry-After`. Servers are trusted by their secret:
 * all of a site's traffic may come from the address of one. Addresses go first, so that one of them does not use up what
 * a key allows to all.
 */
export async function limitRates(
  http: FastifyInstance,
  limits: RateLimits,
): Promise<(request: FastifyRequest, caller: Caller | null) => Promise<void>> {
  await http.register(rateLimit, { global: false, timeWindow: windowMs });
  const keys = new WeakMap<FastifyRequest, string>();
  const addresses = http.createRateLimit({ ...remembered, max: limits.perAddress });
  const perKey = http.createRateLimit({
    ...remembered,
    max: limits.perKey,
    keyGenerator: (request) => keys.get(request) ?? '',
  });
  const check = async (counted: ReturnType<typeof addresses>, max: number, what: string): Promise<void> => {
    const found = await counted;
    if (found.isAllowed || !found.isExceeded) return;
    throw new HttpProblem(429, 'RATE_LIMITED', `more than ${max} requests in a minute ${what}`, {
      headers: { 'retry-after': String(Math.max(1, found.ttlInSeconds)) },
    });
  };
  return async (request, caller) => {
    if (limits.perAddress > 0 && caller?.kind !== 'server') {
      await check(addresses(request), limits.perAddress, 'from this address');
    }
    if (limits.perKey > 0 && caller !== null && caller.kind !== 'open') {
      keys.set(request, `${caller.kind} ${caller.tenantId} ${caller.keyId}`);
      await check(perKey(request), limits.perKey, 'with this key');
    }
  };
}
