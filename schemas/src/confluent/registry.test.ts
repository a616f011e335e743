import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { schemaJsonOf } from '../record-types.ts';
import { createConfluentRegistry } from './registry.ts';

/*
 * What a healthy registry does is the contract's business. Here a server of our own answers as only a broken, a
 * misconfigured or somebody else's registry would.
 */
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

test.each([401, 403, 500, 503])('a lookup that ends with %d is an outage', async (status) => {
  const { registry } = await registryAnswering(() => ({ status, body: { message: 'no' } }));

  await expect(registry.schemaById(1)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  await expect(registry.idOf('s-value', schemaJsonOf('timer'))).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
  });
  await expect(registry.register('s-value', schemaJsonOf('timer'))).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
  });
});

test('a lookup is repeated after a server error, but not for ever', async () => {
  const { registry, requests } = await registryAnswering(() => ({ status: 500, body: {} }));

  await expect(registry.schemaById(1)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  expect(requests).toEqual(Array.from({ length: 2 }, () => 'GET /path/schemas/ids/1'));
});

test('a registry that accepts the connection and stays silent is an outage', async () => {
  const { registry } = await registryAnswering(() => null);

  await expect(registry.schemaById(1)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
});

test('a schema of another kind counts as none', async () => {
  const { registry } = await registryAnswering((request) => ({
    status: 200,
    body: request.url?.endsWith('/1')
      ? { schemaType: 'JSON', schema: '{"type":"object"}' }
      : { schemaType: 'SOMETHING', schema: '?' },
  }));

  expect(await registry.schemaById(1)).toBeNull();
  expect(await registry.schemaById(2)).toBeNull();
});

test('a subject that somebody gave another compatibility is refused', async () => {
  const { registry, requests } = await registryAnswering(() => ({
    status: 200,
    body: { compatibilityLevel: 'BACKWARD' },
  }));

  await expect(registry.register('s-value', schemaJsonOf('timer'))).rejects.toMatchObject({
    code: 'SCHEMA_INCOMPATIBLE',
    message: expect.stringContaining('FULL_TRANSITIVE != BACKWARD'),
  });
  expect(requests).toEqual(['GET /path/config/s-value']);
});

test('credentials are sent, and not shown in errors', async () => {
  const seen: (string | undefined)[] = [];
  const { registry } = await registryAnswering((request) => {
    seen.push(request.headers.authorization);
    return { status: 401, body: {} };
  });

  const error: unknown = await registry.schemaById(1).catch((caught: unknown) => caught);
  expect(seen).toEqual([`Basic ${Buffer.from('me:my secret').toString('base64')}`]);
  expect(String(error)).not.toContain('my secret');
});

/** A registry at a server of this test; an answer of null leaves the request waiting. */
async function registryAnswering(
  answer: (request: IncomingMessage) => { status: number; body: unknown } | null,
) {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    const answered = answer(request);
    if (answered === null) return;
    response.writeHead(answered.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answered.body));
  });
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const registry = createConfluentRegistry(
    { url: `http://127.0.0.1:${port}/path`, auth: { username: 'me', password: 'my secret' } },
    { requestTimeoutMs: 200, lookupRetriesMax: 1 },
  );
  return { registry, requests };
}
