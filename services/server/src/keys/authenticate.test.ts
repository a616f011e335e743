import { request as httpRequest } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { openAccess, type Access } from '../access.ts';
import { createTestApp } from '../testing/test-app.ts';
import { clientOf } from '../testing/test-client.ts';
import { callerOf, requireRole, requireServer, tenantOf } from './caller.ts';
import {
  acmeReports,
  acmeSecret,
  acmeWrite,
  anywhereWrite,
  keyringOf,
  otherSecret,
  shopOrigin,
  twoTenants,
} from './test-keys.ts';

const apps: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

test('a secret key is taken from either header', async () => {
  const { request } = await createService();
  for (const headers of [
    bearer(acmeSecret),
    { authorization: `bearer  ${acmeSecret}` },
    { 'x-offerlock-key': acmeSecret },
    { authorization: 'Basic dXNlcjpwYXNz', 'x-offerlock-key': acmeSecret },
    { ...bearer(acmeSecret), 'x-offerlock-key': acmeSecret },
  ]) {
    const answer = await request('/v1/caller', { headers });
    expect(answer.json()).toEqual({
      kind: 'server',
      tenantId: 'acme',
      keyId: 'backend',
      roles: ['events', 'decisions'],
    });
  }
});

test('a write key of the page’s origin may stand in the URL, which is all that sendBeacon can', async () => {
  const { request } = await createService();
  const answer = await request(`/v1/caller?key=${acmeWrite}`, {
    method: 'POST',
    headers: { origin: shopOrigin, 'content-type': 'text/plain' },
    body: '{}',
  });
  expect(answer.json()).toMatchObject({ kind: 'browser', tenantId: 'acme', keyId: acmeWrite });
  expect(answer.headers.get('access-control-allow-origin')).toBe(shopOrigin);
  expect(answer.headers.get('vary')).toContain('Origin');
});

test.each<[title: string, path: string, headers: Record<string, string>, status: number, code: string]>([
  ['no key', '/v1/caller', {}, 401, 'KEY_MISSING'],
  ['an empty key', '/v1/caller?key=', {}, 401, 'KEY_UNKNOWN'],
  ['another kind of credentials', '/v1/caller', { authorization: 'Basic dXNlcg==' }, 401, 'KEY_UNKNOWN'],
  ['a key that nobody has', '/v1/caller', bearer(`ok_${'A'.repeat(43)}`), 401, 'KEY_UNKNOWN'],
  ['a secret key in the URL', `/v1/caller?key=${acmeSecret}`, {}, 401, 'KEY_UNKNOWN'],
  ['two keys', `/v1/caller?key=${acmeWrite}`, bearer(acmeSecret), 401, 'KEY_UNKNOWN'],
  ['two keys in the URL', `/v1/caller?key=${acmeWrite}&key=${anywhereWrite}`, {}, 401, 'KEY_UNKNOWN'],
  ['a write key without origin', '/v1/caller', bearer(acmeWrite), 403, 'ORIGIN_NOT_ALLOWED'],
  [
    'a page of another site',
    '/v1/caller',
    { ...bearer(acmeWrite), origin: 'https://evil.example' },
    403,
    'ORIGIN_NOT_ALLOWED',
  ],
  [
    'a page whose name only begins so',
    '/v1/caller',
    { ...bearer(acmeWrite), origin: `${shopOrigin}.evil.example` },
    403,
    'ORIGIN_NOT_ALLOWED',
  ],
  ['a role that the key has not', '/v1/reports', bearer(acmeSecret), 403, 'ROLE_MISSING'],
  [
    'a write key for what only servers may',
    '/v1/decide-for',
    { ...bearer(acmeWrite), origin: shopOrigin },
    403,
    'ROLE_MISSING',
  ],
  ['another tenant', '/v1/tenant?named=other', bearer(acmeSecret), 403, 'TENANT_MISMATCH'],
])('%s is refused', async (_title, path, headers, status, code) => {
  const { request } = await createService();
  const answer = await request(path, { headers });
  expect(answer.json()).toMatchObject({ status, code, detail: expect.any(String) });
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain(acmeSecret);
  expect(answer.headers.has('www-authenticate')).toBe(status === 401);
});

test('the tenant is the key’s, whether the request names it or nobody', async () => {
  const { request } = await createService();
  for (const path of ['/v1/tenant', '/v1/tenant?named=acme']) {
    expect((await request(path, { headers: bearer(acmeSecret) })).json()).toEqual({ tenantId: 'acme' });
  }
  expect((await request('/v1/reports', { headers: bearer(acmeReports) })).status).toBe(200);
  expect((await request('/v1/decide-for', { headers: bearer(acmeSecret) })).status).toBe(200);
});

test('where no key is asked for, any tenant may be named and everything be done', async () => {
  const { request } = await createService(openAccess);
  expect((await request('/v1/tenant')).json()).toEqual({ tenantId: 'default' });
  expect((await request('/v1/tenant?named=any', { headers: bearer('x') })).json()).toEqual({
    tenantId: 'any',
  });
  expect((await request('/v1/reports')).status).toBe(200);
  expect((await request('/v1/caller')).json()).toMatchObject({ kind: 'open', tenantId: null });
});

test('health and the description of the API ask for no key, an unknown path tells nothing', async () => {
  const { request } = await createService();
  for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json']) {
    expect((await request(path)).status).toBe(200);
  }
  expect((await request('/v1/nothing')).status).toBe(404);
  expect((await request('/readyz')).json()).toEqual({ status: 'ok', detail: 'fine' });
  expect((await request('/metrics')).text).toContain('offerlock_keys{kind="write"} 2');
});

test('a browser is told before a request which origins may ask, and after it whether its key may', async () => {
  const acme = twoTenants.tenants[0];
  const { request } = await createService({ ...openAccess, keyring: await keyringOf({ tenants: [acme] }) });
  const preflight = (origin: string) =>
    request('/v1/caller', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-offerlock-key',
      },
    });
  const allowed = await preflight(shopOrigin);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(shopOrigin);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('x-offerlock-key');
  expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
  const refused = await preflight('https://evil.example');
  expect(refused.headers.get('access-control-allow-origin')).toBeNull();

  const read = async (headers: Record<string, string>) =>
    (await request('/v1/caller', { headers })).headers.get('access-control-allow-origin');
  expect(await read({ ...bearer(acmeWrite), origin: shopOrigin })).toBe(shopOrigin);
  expect(await read({ ...bearer('wk_unknown-0123456789'), origin: shopOrigin })).toBe(shopOrigin);
  expect(await read({ ...bearer(acmeWrite), origin: 'https://evil.example' })).toBeNull();
  expect(await read({ ...bearer(acmeSecret), origin: shopOrigin })).toBeNull();
});

test('an origin of another tenant’s key does not read answers to this one’s', async () => {
  const { request } = await createService();
  const answer = await request('/v1/caller', {
    headers: { ...bearer(acmeWrite), origin: 'https://other.example' },
  });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  const anywhere = await request('/v1/caller', {
    headers: { ...bearer(anywhereWrite), origin: 'https://other.example' },
  });
  expect(anywhere.headers.get('access-control-allow-origin')).toBe('https://other.example');
});

test('one address that asks too often is told when to come back; servers with a secret are not', async () => {
  const { request } = await createService(await limited({ perAddress: 3, perKey: 0 }));
  const page = { ...bearer(anywhereWrite), origin: 'https://a.example' };
  for (const headers of [{}, page, {}])
    expect((await request('/v1/caller', { headers })).status).not.toBe(429);
  const answer = await request('/v1/caller', { headers: page });
  expect(answer.status).toBe(429);
  expect(answer.json()).toMatchObject({ code: 'RATE_LIMITED' });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://a.example');
  expect((await request('/v1/caller', { headers: bearer(acmeSecret) })).status).toBe(200);
  expect((await request('/livez')).status).toBe(200);
});

test('a key that is used too often waits, other keys do not', async () => {
  const { request } = await createService(await limited({ perAddress: 0, perKey: 2 }));
  const status = async (key: string) => (await request('/v1/caller', { headers: bearer(key) })).status;
  expect([await status(acmeSecret), await status(acmeSecret), await status(acmeSecret)]).toEqual([
    200, 200, 429,
  ]);
  expect(await status(otherSecret)).toBe(200);
  expect(await status(acmeReports)).toBe(200);
});

test('an address is the client’s only if a trusted proxy says so', async () => {
  const access = await limited({ perAddress: 1, perKey: 0 });
  expect(await statusesOf(access, '192.0.2.2')).toEqual([401, 429]);
  const behindProxy = { ...access, trustProxy: ['127.0.0.1'] };
  expect(await statusesOf(behindProxy, '192.0.2.2')).toEqual([401, 401]);
  expect(await statusesOf(behindProxy, '192.0.2.1')).toEqual([401, 429]);
});

test('keys are nowhere in the log', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const { request } = await createService(undefined, logger);
  await request(`/v1/broken?key=${anywhereWrite}`, { headers: { origin: 'https://a.example' } });
  await request(`/v1/broken?key=${acmeSecret}`);
  await request('/v1/broken', { headers: bearer(acmeSecret) });
  expect(lines).toHaveLength(2);
  expect(lines.join('')).toContain('/v1/broken');
  for (const key of [anywhereWrite, acmeSecret]) expect(lines.join('')).not.toContain(key);
});

const huge = 'x'.repeat(7_000);
test.each<[title: string, path: string, headers: readonly (readonly [string, string])[]]>([
  ['a huge bearer', '/v1/caller', [['authorization', `Bearer ${huge}`]]],
  ['a huge header', '/v1/caller', [['x-offerlock-key', huge]]],
  ['a huge parameter', `/v1/caller?key=${huge}`, []],
  ['more headers than fit', '/v1/caller', [['x-offerlock-key', 'y'.repeat(40_000)]]],
  ['a thousand keys', `/v1/caller?${'key=a&'.repeat(1_000)}`, []],
  [
    'the same header twice',
    '/v1/caller',
    [
      ['x-offerlock-key', acmeSecret],
      ['x-offerlock-key', otherSecret],
    ],
  ],
  [
    'authorization twice',
    '/v1/caller',
    [
      ['authorization', 'Bearer a'],
      ['authorization', 'Bearer a'],
    ],
  ],
  [
    'a list of origins',
    '/v1/caller',
    [
      ['authorization', `Bearer ${acmeWrite}`],
      ['origin', `${shopOrigin} ${shopOrigin}`],
    ],
  ],
  ['a nested parameter', '/v1/caller?key[a]=b&key[]=c', []],
  ['a prototype as parameter', '/v1/caller?__proto__=a&key=__proto__&constructor=b', []],
  ['a prototype as key', '/v1/caller', [['x-offerlock-key', '__proto__']]],
  ['a broken escape', '/v1/caller?key=%E0%A4%A&key=%', []],
  ['bytes that are no UTF-8', '/v1/caller?key=%ff%fe%00', []],
  ['Latin-1 in a header', '/v1/caller', [['x-offerlock-key', 'ok_\xff\xfe']]],
  ['blanks', '/v1/caller', [['authorization', 'Bearer   ']]],
  [
    'an origin that is no origin',
    '/v1/caller',
    [
      ['authorization', `Bearer ${acmeWrite}`],
      ['origin', '%00\xff'],
    ],
  ],
  [
    'a forged forwarded address',
    '/v1/caller',
    [
      ['x-forwarded-for', 'a, b, ::::, 999.1.1.1'],
      ['forwarded', 'for=_'],
    ],
  ],
  ['a preflight without what it asks for', '/v1/caller', [['origin', shopOrigin]]],
])('%s is answered, and by no failure', async (_title, path, headers) => {
  const access = { ...(await limited({ perAddress: 1_000, perKey: 1_000 })), trustProxy: ['127.0.0.1'] };
  const { port } = await createService(access);
  for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
    const status = await rawStatus(port, method, path, headers);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  }
});

async function limited(limits: Access['limits']): Promise<Access> {
  return { keyring: await keyringOf(twoTenants), limits, trustProxy: [] };
}

/** A service that tells who its caller is. */
async function createService(access?: Access, logger = pino({ level: 'silent' })) {
  const http = await createTestApp(
    async (behind) => {
      behind.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      );
      behind.route({
        method: ['GET', 'POST'],
        url: '/v1/caller',
        handler: async (request) => callerOf(request),
      });
      behind.get('/v1/reports', { onRequest: requireRole('reports') }, async () => ({}));
      behind.get('/v1/decide-for', { onRequest: requireServer('decisions') }, async () => ({}));
      behind.get<{ Querystring: { named?: string } }>('/v1/tenant', (request) => ({
        tenantId: tenantOf(request, request.query.named),
      }));
      behind.get('/v1/broken', async () => {
        throw new Error('it broke');
      });
    },
    { logger, access: access ?? (await limited({ perAddress: 0, perKey: 0 })) },
  );
  apps.push(http);
  const request = await clientOf(http);
  return { request, port: Number(new URL(http.listeningOrigin).port) };
}

/** `fetch` refuses to send some of this. */
function rawStatus(
  port: number,
  method: string,
  path: string,
  headers: readonly (readonly [string, string])[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    const flat = ['host', `127.0.0.1:${port}`, ...headers.flat()];
    httpRequest({ host: '127.0.0.1', port, method, path, headers: flat, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

/** Of requests that claim to come from two addresses, one after the other. */
async function statusesOf(service: Access, forwarded: string): Promise<readonly number[]> {
  const { request } = await createService(service);
  const statuses: number[] = [];
  for (const client of ['192.0.2.1', forwarded]) {
    statuses.push((await request('/v1/caller', { headers: { 'x-forwarded-for': client } })).status);
  }
  return statuses;
}
