import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problem.ts';
import { roles, type Role } from './roles.ts';

/** Who asks. */
export type Caller =
  | {
      /** `browser`: a page, by its public write key; `server`: a program, by its secret key. */
      readonly kind: 'browser' | 'server';
      readonly tenantId: string;
      /** Names the key in logs; never a secret. */
      readonly keyId: string;
      readonly roles: readonly Role[];
    }
  | {
      /** Nobody is asked for a key: any tenant, any role. */
      readonly kind: 'open';
      readonly tenantId: null;
      readonly keyId: null;
      readonly roles: readonly Role[];
    };

export const openCaller: Caller = { kind: 'open', tenantId: null, keyId: null, roles };

const defaultTenant = 'default';

const callers = new WeakMap<FastifyRequest, Caller>();

/** For whoever has found out who asks; and for tests of routes. */
export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Who asks. Only routes behind `authenticate` know; elsewhere nobody does: 401 `KEY_MISSING`. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw keyMissing();
  return caller;
}

/** Hook of a route that only callers with the role may use: 403 `ROLE_MISSING` for others. Register it as `onRequest`. */
export function requireRole(role: Role): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { kind, roles: own } = callerOf(request);
    if (own.includes(role)) return;
    const whose = kind === 'browser' ? 'a write key' : 'this key';
    throw new HttpProblem(
      403,
      'ROLE_MISSING',
      `expected a key with the role ${role}, which ${whose} has not`,
    );
  };
}

/** Like `requireRole`, and pages may not use it at all: their key is public. */
export function requireServer(role: Role): (request: FastifyRequest) => Promise<void> {
  const hasRole = requireRole(role);
  return async (request) => {
    if (callerOf(request).kind === 'browser') {
      const detail = `expected a secret key with the role ${role}, got a write key, which is public`;
      throw new HttpProblem(403, 'ROLE_MISSING', detail);
    }
    await hasRole(request);
  };
}

/**
 * The tenant that a request is about: the caller's own. 403 `TENANT_MISMATCH` when it names another one. An open caller
 * may name any; `default` when it names none.
 */
export function tenantOf(request: FastifyRequest, named: string | null | undefined): string {
  const caller = callerOf(request);
  const tenantId = caller.kind === 'open' ? (named ?? defaultTenant) : caller.tenantId;
  if (named === undefined || named === null || named === tenantId) return tenantId;
  throw new HttpProblem(403, 'TENANT_MISMATCH', `expected the tenant of the key, ${tenantId}, or none`);
}

export function keyMissing(): HttpProblem {
  return new HttpProblem(
    401,
    'KEY_MISSING',
    'expected a key: Authorization: Bearer <key>, or X-Offerlock-Key, or for a write key the parameter key',
    { headers: { 'www-authenticate': 'Bearer' } },
  );
}
