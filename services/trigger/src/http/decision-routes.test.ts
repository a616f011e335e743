import { createHandClock, createMemoryLog } from '@offerlock/event-log/memory';
import { day, foldDefaults } from '@offerlock/lifecycle/testing';
import { createMemoryProjection } from '@offerlock/projection/memory';
import { createEncoders, createRecordDecoder, registerSchemas } from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { newSecretKey, openKeyring, sha256Of } from '@offerlock/server';
import { clientOf, createTestApp } from '@offerlock/server/testing';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createTrigger } from '../trigger.ts';
import { mapOf, policy, rulesOf } from '../decisions/test-decisions.ts';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const logger = pino({ level: 'silent' });
const target = {
  id: 'sales',
  displayName: 'Sales',
  routeIfAgentsAvailable: true,
  serviceLevelFraction: 0.8,
  serviceLevelMs: 20_000,
  shortAbandonMs: 0,
};
const routed = mapOf('routed', {
  weight: 1,
  action: { ...mapOf('routed').action, mediaType: 'contentOffer', actionTargetId: 'sales' },
});
const rules = rulesOf([mapOf('help'), routed], { actionTargets: [target] });

const fine = () => ({ healthy: true, detail: 'fine' });

async function start({ keys = null as string | null } = {}) {
  const clock = createHandClock(day);
  const log = createMemoryLog({ partitions: 1, scheduler: clock });
  const projection = createMemoryProjection({ clock });
  await projection.store().prepare({ partitions: 1 });
  await projection.store().noteFolded(new Map([[0, clock.now()]]));
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  let ids = 0;
  const trigger = createTrigger({
    desk: projection.desk(),
    progressReader: projection.progressReader(),
    board: projection.agentBoard(),
    book: { caughtUp: true, rulesOf: () => rules, health: fine },
    chats: { countsOf: () => null, health: fine },
    events: log.sink(),
    blockedOffers: log.sink({ topic: 'blockedOffers' }),
    encoders: await createEncoders(registry, ''),
    lifecycles: foldDefaults.lifecycles,
    partitionOf: () => 0,
    policy,
    clock,
    ids: { newActionId: () => `action-${(ids += 1)}`, newEventId: () => `event-${(ids += 1)}` },
    logger,
  });
  const running = trigger.run();
  const access =
    keys === null
      ? {}
      : {
          access: {
            keyring: await openKeyring({ text: keys }, { logger }),
            limits: { perAddress: 0, perKey: 0 },
            trustProxy: [],
          },
        };
  const app = await createTestApp(trigger.routes, access);
  const send = await clientOf(app);
  stops.push(async () => {
    await app.close();
    await trigger.stop(0);
    await running;
  });
  const post = (
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
    method = 'POST',
  ) =>
    send(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { trigger, clock, log, projection, send, post, decoder: createRecordDecoder(registry) };
}

const visitor = { customerId: 'ann', sessionId: 'session-1', page: { url: 'https://shop.example/' } };

describe('a decision', () => {
  test('is answered, promised and published', async () => {
    const { post, trigger, log, decoder, clock } = await start();
    const answer = await post('/v1/decisions', { ...visitor, requestId: 'r' });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'application/json; charset=utf-8',
      'no-store',
    ]);
    const decided = answer.json() as { offers: { actionId: string }[] };
    expect(decided).toMatchObject({
      status: 'decided',
      requestId: 'r',
      offers: [
        { actionMapId: 'help', invitation: { prompt: 'May we help?' }, reservedUntil: clock.now() + 30_000 },
      ],
      heldBack: [{ actionMapId: 'routed', gate: 'agents', reason: 'NoAvailableAgents' }],
    });
    await trigger.stop(1_000);
    const events = await Promise.all(
      log.records('events', 0).map(async ({ value }) => decoder.decode(value)),
    );
    expect(events).toMatchObject([
      { event: { actionState: 'qualified', actionMapId: 'help', actionId: decided.offers[0]?.actionId } },
      { event: { actionState: 'qualified', actionMapId: 'routed' } },
    ]);
    expect(log.records('blockedOffers', 0)).toHaveLength(1);
    const metrics = await trigger.metrics.registry.metrics();
    expect(metrics).toContain('offerlock_decisions_total{status="decided"} 1');
    expect(metrics).toContain('offerlock_held_back_total{reason="NoAvailableAgents"} 1');
  });

  test('is taken as text too, which pages send without a preflight', async () => {
    const { post } = await start();
    const answer = await post('/v1/decisions', visitor, { 'content-type': 'text/plain;charset=UTF-8' });
    expect(answer.json()).toMatchObject({ offers: [{ actionMapId: 'help' }] });
  });

  test.each([
    ['customerId', { ...visitor, customerId: 'a/b' }],
    ['sessionId', { ...visitor, sessionId: undefined }],
    ['page', { ...visitor, page: undefined }],
    ['page.url', { ...visitor, page: { url: 'x'.repeat(2_049) } }],
    ['segments', { ...visitor, segments: Array.from({ length: 101 }, String) }],
    ['events.0.streamType', { ...visitor, events: [{ streamType: 'Mail', eventName: 'x' }] }],
    [
      'events.0.attributes.total',
      { ...visitor, events: [{ streamType: 'Web', eventName: 'x', attributes: { total: null } }] },
    ],
    ['requestId', { ...visitor, requestId: '' }],
    ['lastActiveAt', { ...visitor, lastActiveAt: 'yesterday' }],
  ])('is refused with the field that is wrong: %s', async (field, body) => {
    const { post } = await start();
    const answer = await post('/v1/decisions', body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.json()).toMatchObject({
      code: 'BODY_INVALID',
      field,
      detail: expect.stringContaining(`${field}: expected`),
    });
  });

  test('of a body that is too large is refused', async () => {
    const { post } = await start();
    const answer = await post('/v1/decisions', { ...visitor, more: 'x'.repeat(300_000) });
    expect([answer.status, answer.json()]).toMatchObject([413, { code: 'BODY_TOO_LARGE' }]);
  });

  test('is unavailable, and no error, while the projection is away', async () => {
    const { post, projection } = await start();
    projection.faults.setUnavailable(true);
    const answer = await post('/v1/decisions', visitor);
    expect([answer.status, answer.json()]).toMatchObject([200, { status: 'unavailable', offers: [] }]);
  });
});

test('an explanation has no effect and tells what it is built on', async () => {
  const { post, trigger, log } = await start();
  const explain = async () => (await post('/v1/decisions/explain', visitor)).json();
  expect(await explain()).toMatchObject({
    status: 'decided',
    offers: [{ actionMapId: 'help', actionId: null, reservedUntil: null }],
    maps: [
      { actionMapId: 'help', outcome: 'offered' },
      { actionMapId: 'routed', outcome: 'held-back' },
    ],
    facts: {
      projectionReady: true,
      lagMs: 0,
      pending: [],
      targets: { sales: { agentsOnQueue: null, chats: null } },
    },
  });
  expect(await explain()).toMatchObject({ offers: [{ actionMapId: 'help' }] });
  await trigger.stop(1_000);
  expect(log.records('events', 0)).toEqual([]);
});

test('a promise is taken back once, and only the one that is meant', async () => {
  const { post, clock } = await start();
  const decide = async () =>
    (await post('/v1/decisions', visitor)).json() as {
      offers: { actionId: string; reservedUntil: number }[];
    };
  const [first] = (await decide()).offers;
  const release = async (reservedUntil?: number) => {
    const answer = await post(`/v1/decisions/${first?.actionId}/release`, {
      customerId: 'ann',
      reservedUntil,
    });
    return answer.json();
  };
  clock.advance(10);
  expect(await release(first?.reservedUntil)).toEqual({ released: true });
  const [second] = (await decide()).offers;
  expect(second).toMatchObject({ actionId: first?.actionId });
  expect(await release(first?.reservedUntil)).toEqual({ released: false });
  expect((await decide()).offers).toEqual([]);
  expect(await release()).toEqual({ released: true });
  expect(await release()).toEqual({ released: false });
});

test('what is known of a customer is told, also before it is projected', async () => {
  const { post, send } = await start();
  const unknown = await send('/v1/customers/ann/offers');
  expect([unknown.status, unknown.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
  await post('/v1/decisions', visitor);
  expect((await send('/v1/customers/ann/offers?tenantId=default')).json()).toMatchObject({
    tenantId: 'default',
    customerId: 'ann',
    ready: true,
    offers: [],
    pending: [{ actionMapId: 'help' }, { actionMapId: 'routed', reserved: null }],
  });
  expect((await send('/v1/customers/a%20b/offers')).json()).toMatchObject({
    code: 'PARAMETER_INVALID',
    field: 'customerId',
  });
});

test('agents that were announced count from the next look, and for their time', async () => {
  const { post, projection, clock } = await start();
  const announced = await post('/v1/action-targets/sales/agents', { agentsOnQueue: 2 }, {}, 'PUT');
  expect(announced.json()).toEqual({
    tenantId: 'default',
    actionTargetId: 'sales',
    agentsOnQueue: 2,
    until: clock.now() + 60_000,
  });
  expect(await projection.agentBoard().announcements()).toMatchObject([{ agentsOnQueue: 2 }]);
  const wrong = await post('/v1/action-targets/sales/agents', { agentsOnQueue: -1 }, {}, 'PUT');
  expect([wrong.status, wrong.json()]).toMatchObject([400, { field: 'agentsOnQueue' }]);
});

test('pages decide and release; everything else is for programs', async () => {
  const secret = newSecretKey();
  const writeKey = 'wk_0123456789abcdef';
  const keys = {
    tenants: [
      {
        tenantId: 'shop',
        writeKeys: [{ key: writeKey, origins: ['https://shop.example'] }],
        serverKeys: [{ id: 'server', sha256: sha256Of(secret), roles: ['decisions'] }],
      },
    ],
  };
  const { post } = await start({ keys: JSON.stringify(keys) });
  const page = { 'x-offerlock-key': writeKey, origin: 'https://shop.example' };
  const program = { 'x-offerlock-key': secret };
  const agents = ['/v1/action-targets/sales/agents', { agentsOnQueue: 1 }] as const;
  const asked = [
    post('/v1/decisions', visitor),
    post('/v1/decisions', visitor, page),
    post('/v1/decisions/a/release', { customerId: 'ann' }, page),
    post('/v1/decisions/explain', visitor, page),
    post('/v1/decisions/explain', visitor, program),
    post('/v1/decisions', { ...visitor, tenantId: 'another' }, page),
    post(...agents, program, 'PUT'),
  ];
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses).toEqual([401, 200, 200, 403, 200, 403, 403]);
});
