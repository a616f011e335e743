import { afterEach, expect, test } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { createTestStandalone, stopAll } from '../test-standalone.ts';

afterEach(stopAll);

test('an unknown path is not found, a known one with another method is not allowed', async () => {
  const { request } = await createTestStandalone();
  const nothing = await request('/v1/nothing?at=all');
  expect(nothing.status).toBe(404);
  expect(nothing.json()).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    code: 'NOT_FOUND',
    detail: 'there is nothing at /v1/nothing',
  });

  for (const [path, method, allow] of [
    ['/v1/events', 'GET', 'POST'],
    ['/v1/demo', 'DELETE', 'PUT'],
    ['/v1/overview', 'POST', 'GET, HEAD'],
    ['/v1/customers/ann/offers', 'PUT', 'GET, HEAD'],
  ] as const) {
    const answer = await request(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  }
});

test('a path that is no path is a problem too', async () => {
  const { request } = await createTestStandalone();
  const answer = await request('/v1/customers/%zz/offers');
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID' });
});

test('pages of other sites cannot switch anything, programs and the own page can', async () => {
  const { request, standalone } = await createTestStandalone();
  const address = standalone.http.listeningOrigin;
  const put = (origin?: string) =>
    request('/v1/demo', {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...(origin === undefined ? {} : { origin }) },
      body: '{"running":false}',
    });

  expect((await put('https://evil.example')).json()).toMatchObject({
    status: 403,
    code: 'ORIGIN_NOT_ALLOWED',
  });
  expect((await put('null')).status).toBe(403);
  expect((await put(address)).status).toBe(200);
  expect((await put()).status).toBe(200);
});

test('bound to this machine it answers to the names of this machine and to those that are allowed', async () => {
  const { standalone } = await createTestStandalone({
    guard: { host: '127.0.0.1', allowedHosts: ['Offers.example'] },
  });
  const { port } = new URL(standalone.http.listeningOrigin);
  const asked = (host: string) => statusFor(Number(port), host);

  for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]:8080', 'offers.example', 'app.localhost']) {
    expect(await asked(host)).toBe(200);
  }
  for (const host of ['evil.example', 'localhost.evil.example', '10.0.0.1', 'offers.example.evil']) {
    expect(await asked(host)).toBe(421);
  }
});

test('reachable from elsewhere, any name will do unless some are given', async () => {
  const any = await createTestStandalone({ guard: { host: '0.0.0.0', allowedHosts: [] } });
  const { port } = new URL(any.standalone.http.listeningOrigin);
  expect(await statusFor(Number(port), 'offers.example')).toBe(200);
});

test('browsers are told to load nothing from elsewhere', async () => {
  const { request } = await createTestStandalone();
  for (const path of ['/', '/v1/overview', '/v1/nothing']) {
    const { headers } = await request(path);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  }
});

test('the API describes itself', async () => {
  const { request } = await createTestStandalone();
  const api = (await request('/openapi.json')).json() as {
    readonly openapi: string;
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>;
  };

  expect(api.openapi).toBe('3.1.0');
  expect(Object.keys(api.paths).sort()).toEqual([
    '/livez',
    '/metrics',
    '/readyz',
    '/v1/action-maps',
    '/v1/action-maps/schema',
    '/v1/action-targets/{actionTargetId}/agents',
    '/v1/customers',
    '/v1/customers/{customerId}/offers',
    '/v1/decisions',
    '/v1/decisions/explain',
    '/v1/decisions/{actionId}/release',
    '/v1/demo',
    '/v1/demo/action-maps',
    '/v1/events',
    '/v1/lifecycles',
    '/v1/overview',
    '/v1/recent',
    '/v1/stream',
  ]);
  expect(api.paths['/v1/events']).toMatchObject({
    post: {
      requestBody: {
        content: {
          'application/json': { schema: { anyOf: [{ type: 'object' }, { type: 'array', maxItems: 100 }] } },
          'text/plain': {},
        },
      },
      responses: { 202: {}, 400: {}, 503: {} },
    },
  });
});

/** `fetch` does not let a program choose its Host. */
function statusFor(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path: '/livez', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
