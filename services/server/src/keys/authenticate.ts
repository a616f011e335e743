import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { setCaller } from './caller.ts';
import { identify, type Identified } from './identify.ts';
import type { Keyring } from './keyring.ts';
import { limitRates, type RateLimits } from './rate-limits.ts';

export interface AuthenticateOptions {
  /** null: nobody is asked for a key. */
  readonly keyring: Keyring | null;
  readonly limits: RateLimits;
}

/**
 * Routes registered after this know who asks; without a valid key, none of them is reached. A key comes as
 * `Authorization: Bearer`, as `X-Offerlock-Key`, or, for a write key only, as the parameter `key`, because `sendBeacon`
 * sets no headers. Problems: 401 `KEY_MISSING` and `KEY_UNKNOWN`, 403 `ORIGIN_NOT_ALLOWED`, 429 `RATE_LIMITED`.
 *
 * A page may read an answer if the key that it sent is for its origin. What a browser asks before a request (a preflight)
 * carries no key: it is answered for every origin that some key is for.
 */
export async function authenticate(
  http: FastifyInstance,
  { keyring, limits }: AuthenticateOptions,
): Promise<void> {
  const found = new WeakMap<FastifyRequest, Identified>();
  const limit = await limitRates(http, limits);

  http.addHook('onRequest', async (request) => {
    found.set(request, identify(request, keyring));
  });
  if (keyring !== null) await http.register(cors, { delegator: corsFor(keyring, found) });
  http.addHook('onRequest', async (request) => {
    const identified = found.get(request) ?? identify(request, keyring);
    await limit(request, 'caller' in identified ? identified.caller : null);
    if ('problem' in identified) throw identified.problem;
    setCaller(request, identified.caller);
  });
}

/** How long a browser keeps the answer to a preflight, in s. */
const preflightSeconds = 600;

function corsFor(keyring: Keyring, found: WeakMap<FastifyRequest, Identified>) {
  const allowed = {
    origin: true,
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'content-encoding', 'x-offerlock-key'],
    exposedHeaders: ['retry-after'],
    maxAge: preflightSeconds,
  };
  const refused = { origin: false } as const;
  return (
    request: FastifyRequest,
    answer: (error: Error | null, options: typeof allowed | typeof refused) => void,
  ): void => {
    const { origin, 'access-control-request-method': asked } = request.headers;
    if (origin === undefined || (request.method === 'OPTIONS' && asked === undefined)) {
      answer(null, refused);
      return;
    }
    const identified = request.method === 'OPTIONS' ? undefined : found.get(request);
    answer(null, mayRead(identified) && keyring.knowsOrigin(origin) ? allowed : refused);
  };
}

/** Also a page without a valid key may read so, that its author sees what is wrong. */
function mayRead(identified: Identified | undefined): boolean {
  if (identified === undefined) return true;
  if ('problem' in identified) return identified.problem.code !== 'ORIGIN_NOT_ALLOWED';
  return identified.caller.kind === 'browser';
}
