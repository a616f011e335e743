import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problem.ts';
import { keyMissing, openCaller, type Caller } from './caller.ts';
import type { KeyHolder, Keyring } from './keyring.ts';
import { secretPrefix } from './secret-key.ts';

export type Identified = { readonly caller: Caller } | { readonly problem: HttpProblem };

/** Finds out who asks, from the key that the request carries. Where no key is asked for, it is not looked at. */
export function identify(request: FastifyRequest, keyring: Keyring | null): Identified {
  if (keyring === null) return { caller: openCaller };
  const sent = keyOf(request);
  if (typeof sent !== 'string') return { problem: sent };
  const holder = keyring.find(sent);
  if (holder === null) return { problem: keyUnknown('nobody has this key') };
  if (holder.kind === 'browser' && !mayUse(holder, request.headers.origin)) {
    const { origin } = request.headers;
    const from =
      origin === undefined ? 'a request without Origin' : `pages of ${JSON.stringify(origin.slice(0, 256))}`;
    const detail = `the write key is not for ${from}; its entry lists the origins that it is for`;
    return { problem: new HttpProblem(403, 'ORIGIN_NOT_ALLOWED', detail) };
  }
  const { kind, tenantId, keyId, roles } = holder;
  return { caller: { kind, tenantId, keyId, roles } };
}

/** The one key of a request, wherever it stands. */
function keyOf(request: FastifyRequest): string | HttpProblem {
  const { authorization, 'x-offerlock-key': header } = request.headers;
  const { key: parameter } = request.query as { readonly key?: string | readonly string[] };
  const bearer = authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  const inHeaders = [bearer, header].flat().filter((key) => key !== undefined);
  const inUrl = [parameter].flat().filter((key) => key !== undefined);
  if (inUrl.some((key) => key.startsWith(secretPrefix))) {
    return keyUnknown(
      'a secret key must not be in a URL, which is logged on its way: send it as a header and replace it',
    );
  }
  const [key, ...others] = new Set([...inHeaders, ...inUrl]);
  if (key === undefined) {
    if (authorization === undefined) return keyMissing();
    return keyUnknown('expected Authorization: Bearer <key>');
  }
  return others.length === 0 ? key : keyUnknown('expected one key, got several');
}

function mayUse({ origins }: Extract<KeyHolder, { kind: 'browser' }>, origin: string | undefined): boolean {
  return origins.has('*') || (origin !== undefined && origins.has(origin));
}

function keyUnknown(detail: string): HttpProblem {
  return new HttpProblem(401, 'KEY_UNKNOWN', detail, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });
}
