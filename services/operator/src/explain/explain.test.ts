import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { checkActionMaps, explainOffer, offerRulesOf } from '@offerlock/lifecycle';
import type { Explanation } from '@offerlock/trigger';
import { afterEach, expect, test } from '@jest/globals';
import { createTestInstallation } from '../test-installation.ts';

const { offerlock } = createTestInstallation();
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

const checked = checkActionMaps({
  actionMaps: ['cart', 'home'].map((id) => ({
    id,
    version: 1,
    displayName: `The ${id}`,
    startDate: '2026-01-01T00:00:00Z',
    pageUrlConditions: [{ operator: 'containsAny', values: [`/${id}`] }],
    action: { mediaType: 'webchat', invitation: { prompt: 'May we help?' } },
  })),
});
if (checked.outcome === 'refused') throw new Error(JSON.stringify(checked.problems));
const rules = offerRulesOf(checked.value);

/** What a trigger would answer of a visitor who is new on this page. */
function explanationOf(url: string, detail: string | null = null): Explanation {
  const now = Date.UTC(2026, 4, 1);
  const { decision, maps } = explainOffer(rules, {
    ready: detail === null,
    now,
    tenantId: 'default',
    customerId: 'ann',
    session: { id: 'visit-1', lastActiveAt: null },
    page: { url },
    segments: [],
    events: [],
    states: new Map(),
    reservations: [],
    targets: new Map(),
  });
  return {
    status: detail === null ? 'decided' : 'unavailable',
    requestId: null,
    decidedAt: now,
    offers: decision.offers.map((offer) => ({ ...offer, reservedUntil: null })),
    heldBack: decision.heldBack,
    detail,
    maps,
    facts: { projectionReady: true, foldedThroughMs: now - 120, lagMs: 120, pending: [], targets: {} },
  };
}

/** Answers every request so, and keeps what it was asked. */
async function serve(answer: unknown, status = 200) {
  const asked: { path: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.push({ path: request.url, body: JSON.parse(Buffer.concat(parts).toString()) as unknown });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('each map is explained gate by gate', async () => {
  const { url, asked } = await serve(explanationOf('https://shop.example/cart'));
  const { exitCode, stdout } = await offerlock(
    `explain ann --page https://shop.example/cart --segment vip returning --tenant acme --url ${url}`,
  );
  expect(exitCode).toBe(0);
  expect(asked).toEqual([
    {
      path: '/v1/decisions/explain',
      body: {
        tenantId: 'acme',
        customerId: 'ann',
        sessionId: 'explain',
        page: { url: 'https://shop.example/cart' },
        segments: ['vip', 'returning'],
      },
    },
  ]);
  expect(stdout).toContain('Offered: cart (webchat).');
  expect(stdout).toContain('Built on: projection 120 ms behind.');
  expect(stdout).toContain('cart version 1 (The cart, webchat): OFFERED');
  expect(stdout).toMatch(
    /home version 1 .*: held back[^]*page +│ NO +│ PageUrlConditionsNotMatching: The URL https:\/\/shop\.example\/cart does not meet/,
  );
});

test('where nothing would be offered, the exit code says so, and what cannot be known is told', async () => {
  const nothing = await serve(explanationOf('https://shop.example/help'));
  expect(await offerlock(`explain ann --page https://shop.example/help --url ${nothing.url}`)).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('Nothing is offered.'),
  });
  const behind = await serve(explanationOf('https://shop.example/cart', 'the projection is behind the log'));
  expect(await offerlock(`explain ann --page https://shop.example/cart --url ${behind.url}`)).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('Nothing is offered: the projection is behind the log.'),
  });
});

test('as JSON it is what the service answered', async () => {
  const explanation = explanationOf('https://shop.example/cart');
  const { url } = await serve(explanation);
  const { stdout } = await offerlock(`explain ann --page https://shop.example/cart --json --url ${url}`);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(explanation)));
});

test('a refusal is told with what helps, and a wrong call is one', async () => {
  const { url } = await serve({ code: 'KEY_MISSING', detail: 'expected a key' }, 401);
  expect(await offerlock(`explain ann --page https://shop.example/ --url ${url}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('expected a key; set OFFERLOCK_KEY'),
  });
  expect(await offerlock('explain acme/ann --page https://shop.example/')).toMatchObject({ exitCode: 2 });
  expect(await offerlock('explain ann')).toMatchObject({ exitCode: 2 });
});
