import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problem.ts';

export interface GuardOptions {
  /** Address that the server binds. */
  readonly host: string;
  /** Further names under which it may be asked, for example behind a proxy. */
  readonly allowedHosts: readonly string[];
}

/**
 * A server that only this machine reaches needs no password, as long as web pages cannot borrow the reader's browser.
 * A page of another site could let its own name point to this machine (DNS rebinding): so bound to loopback, only
 * loopback's names are answered.
 */
export function guardHost(http: FastifyInstance, options: GuardOptions): void {
  const allowed = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
  if (!isLoopback(options.host) && allowed.size === 0) return;
  http.addHook('onRequest', async (request) => {
    const name = request.hostname.toLowerCase();
    if (isLoopback(name) || allowed.has(name)) return;
    throw new HttpProblem(
      421,
      'HOST_NOT_ALLOWED',
      `this server is not asked by the name ${JSON.stringify(name)}; allow it with OFFERLOCK_HTTP_ALLOWED_HOSTS`,
    );
  });
}

/** For routes that change something on the page's behalf: no other site's page may call them. */
export function requireSameOrigin(http: FastifyInstance): void {
  http.addHook('onRequest', async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const { origin } = request.headers;
    // Programs send no Origin, browsers send one with every such request.
    if (origin === undefined || hostOf(origin) === request.host.toLowerCase()) return;
    throw new HttpProblem(
      403,
      'ORIGIN_NOT_ALLOWED',
      `pages of ${JSON.stringify(origin)} may not change anything here`,
    );
  });
}

/** What browsers are told about every answer. */
export function setSecurityHeaders(http: FastifyInstance): void {
  http.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy':
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
  });
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
  );
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    // `null`, as the origin of a sandboxed page.
    return null;
  }
}
