import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import type { EventSink, SinkRecord } from '@offerlock/event-log';
import { OfferlockError, type WebActionEvent } from '@offerlock/lifecycle';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { newSecretKey, openAccess, openKeyring, sha256Of, type Keyring } from '@offerlock/server';
import { clientOf, createTestApp, type TestAnswer } from '@offerlock/server/testing';
import { createCollectorMetrics } from './collector-metrics.ts';
import { eventRoutes, type EventRoutesParts } from './event-routes.ts';

const nowMs = Date.UTC(2026, 4, 1, 12);
const offered = {
  customerId: 'ann',
  sessionId: 'visit-1',
  actionId: 'chat-1',
  actionMapId: 'welcome',
  actionState: 'offered',
};
const apps: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

test('an event is in the log when the answer comes, with what was left out filled in', async () => {
  const { post, events } = await createCollector();
  const response = await post(offered);

  expect(response.status).toBe(202);
  expect(response.json()).toEqual({ results: [{ index: 0, status: 'accepted', eventId: 'made-1' }] });
  expect(events()).toEqual([
    {
      ...offered,
      eventId: 'made-1',
      tenantId: 'default',
      customerIdType: 'cookie',
      actionMapVersion: 1,
      actionMediaType: 'webchat',
      occurredAt: nowMs,
      receivedAt: nowMs,
      errorCode: null,
      errorMessage: null,
    },
  ]);
});

test('everything that a producer may say is kept', async () => {
  const { post, events, keys } = await createCollector();
  const errored = {
    ...offered,
    eventId: 'e-7',
    tenantId: 'acme',
    customerIdType: 'login',
    actionMapVersion: 3,
    actionMediaType: 'contentOffer',
    actionState: 'errored',
    occurredAt: nowMs - 5_000,
    errorCode: 45,
    errorMessage: 'it broke',
  };
  await post([errored]);

  expect(events()).toEqual([{ ...errored, receivedAt: nowMs, errorCode: '45' }]);
  expect(keys()).toEqual(['acme/ann']);
});

test.each([
  ['2026-05-01T11:59:00Z', nowMs - 60_000],
  ['2026-05-01T13:59:00.250+02:00', nowMs - 60_000 + 250],
  [nowMs - 60_000.75, nowMs - 60_001],
  [null, nowMs],
])('occurredAt may be %p', async (occurredAt, expected) => {
  const { post, events } = await createCollector();
  expect((await post({ ...offered, occurredAt })).status).toBe(202);
  expect(events()).toMatchObject([{ occurredAt: expected }]);
});

const id = '1 to 128 characters of A-Z a-z 0-9 _ . : @ -';
const time = 'ms since 1970, or a time such as 2026-05-01T12:00:00Z';

test.each<[title: string, event: unknown, field: string | null, expected: string]>([
  ['no object', 'offered', null, 'an object'],
  ['null', null, null, 'an object'],
  ['a list in the list', [offered], null, 'an object'],
  ['no customerId', { ...offered, customerId: undefined }, 'customerId', 'a text'],
  ['an empty customerId', { ...offered, customerId: '' }, 'customerId', id],
  ['a customerId with a slash', { ...offered, customerId: 'a/b' }, 'customerId', id],
  ['a customerId that is a number', { ...offered, customerId: 7 }, 'customerId', 'a text'],
  ['a long sessionId', { ...offered, sessionId: 's'.repeat(129) }, 'sessionId', id],
  ['an actionId of objects', { ...offered, actionId: { $gt: '' } }, 'actionId', 'a text'],
  ['an actionMapId with a line break', { ...offered, actionMapId: 'map\n' }, 'actionMapId', id],
  ['no actionState', { ...offered, actionState: null }, 'actionState', 'a text of 1 to 128 characters'],
  ['an empty actionState', { ...offered, actionState: '' }, 'actionState', 'a text of 1 to 128 characters'],
  [
    'a long media type',
    { ...offered, actionMediaType: 'w'.repeat(129) },
    'actionMediaType',
    'a text of 1 to 128 characters',
  ],
  ['half a version', { ...offered, actionMapVersion: 1.5 }, 'actionMapVersion', 'a whole number'],
  ['version 0', { ...offered, actionMapVersion: 0 }, 'actionMapVersion', 'a whole number from 1'],
  ['a version of 64 bits', { ...offered, actionMapVersion: 2 ** 40 }, 'actionMapVersion', 'a whole number'],
  ['a time without zone', { ...offered, occurredAt: '2026-05-01T12:00:00' }, 'occurredAt', time],
  ['a time in words', { ...offered, occurredAt: 'today' }, 'occurredAt', time],
  [
    'a time in seconds',
    { ...offered, occurredAt: nowMs / 1_000 },
    'occurredAt',
    'a time after the year 1999, in ms',
  ],
  [
    'a time far ahead',
    { ...offered, occurredAt: nowMs + 25 * 3_600_000 },
    'occurredAt',
    'a time at most 24 h after receivedAt',
  ],
  ['a long errorCode', { ...offered, errorCode: 'c'.repeat(129) }, 'errorCode', 'at most 128 characters'],
  ['an errorCode that is a list', { ...offered, errorCode: [] }, 'errorCode', 'a text or a number'],
  [
    'a long errorMessage',
    { ...offered, errorMessage: 'm'.repeat(2_049) },
    'errorMessage',
    'at most 2048 characters',
  ],
  [
    'the tenant of demo traffic',
    { ...offered, tenantId: 'demo' },
    'tenantId',
    "another tenant than demo, which belongs to the server's own traffic",
  ],
])('%s: the event is named with field and what was expected, and the others are kept', async (...row) => {
  const [, event, field, expected] = row;
  const { post, events } = await createCollector();
  const response = await post([offered, event, { ...offered, actionState: 'accepted' }]);

  expect(response.status).toBe(202);
  expect(response.json()).toEqual({
    results: [
      { index: 0, status: 'accepted', eventId: expect.any(String) },
      { index: 1, status: 'rejected', code: 'INVALID_FIELD', field, expected },
      { index: 2, status: 'accepted', eventId: expect.any(String) },
    ],
  });
  expect(events().map(({ actionState }) => actionState)).toEqual(['offered', 'accepted']);
});

test('where no event is good nothing is written, and the answer is a problem with the results', async () => {
  const { post, events } = await createCollector();
  const response = await post({ ...offered, sessionId: 'two words' });

  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.json()).toMatchObject({
    type: 'about:blank',
    status: 400,
    code: 'EVENTS_REJECTED',
    detail: `no event was accepted; the first: sessionId: expected ${id}`,
    results: [{ index: 0, status: 'rejected', field: 'sessionId' }],
  });
  expect(events()).toEqual([]);
});

test('fields that nobody knows are named and do no harm', async () => {
  const { post, events } = await createCollector();
  const response = await post({ ...offered, receivedAt: 1, tenantID: 'acme', constructor: 'x' });

  expect(response.json()).toMatchObject({
    results: [{ status: 'accepted', ignoredFields: ['receivedAt', 'tenantID', 'constructor'] }],
  });
  expect(events()).toMatchObject([{ tenantId: 'default', receivedAt: nowMs }]);
});

test('a body of text is read as JSON, which is what sendBeacon sends', async () => {
  const { send, events } = await createCollector();
  const response = await send('text/plain;charset=UTF-8', JSON.stringify([offered, offered]));

  expect(response.status).toBe(202);
  expect(events()).toHaveLength(2);
});

const json = 'application/json';
test.each<[title: string, type: string, body: string, status: number, code: string]>([
  ['nothing', json, '', 400, 'BODY_INVALID'],
  ['no JSON', json, '{"customerId":', 400, 'BODY_INVALID'],
  ['no JSON as text', 'text/plain', 'hello', 400, 'BODY_INVALID'],
  ['an empty list', json, '[]', 400, 'BODY_INVALID'],
  [
    'more than 100 events',
    json,
    JSON.stringify(Array.from({ length: 101 }, () => offered)),
    400,
    'BODY_INVALID',
  ],
  ['a form', 'application/x-www-form-urlencoded', 'a=b', 415, 'CONTENT_TYPE_UNSUPPORTED'],
  ['a prototype', json, '{"__proto__":{"customerId":"ann"}}', 400, 'BODY_INVALID'],
  ['more than 1 MiB', json, `"${'x'.repeat(1_048_576)}"`, 413, 'BODY_TOO_LARGE'],
  ['depth', json, '['.repeat(100_000) + ']'.repeat(100_000), 400, 'EVENTS_REJECTED'],
])('a body of %s is refused as a whole', async (_title, type, body, status, code) => {
  const { send, events } = await createCollector();
  const response = await send(type, body);

  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.json()).toMatchObject({ status, code, detail: expect.any(String) });
  expect(events()).toEqual([]);
});

test('while the log cannot take events, the client is asked to come back', async () => {
  const { post } = await createCollector({
    append: () => Promise.reject(new OfferlockError('LOG_UNAVAILABLE', 'the disk is full')),
  });
  const response = await post(offered);

  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(response.json()).toMatchObject({
    code: 'UNAVAILABLE',
    detail: expect.stringContaining('the disk is full'),
  });
});

test('an error that nobody expected tells nothing of its cause', async () => {
  const { post } = await createCollector({ append: () => Promise.reject(new Error('secret path')) });
  const response = await post(offered);

  expect(response.status).toBe(500);
  expect(response.json()).toMatchObject({ code: 'INTERNAL' });
  expect(response.text).not.toContain('secret');
});

test('when too many events wait for the log, more are turned away until it catches up', async () => {
  const gate = new AbortController();
  const opened = once(gate.signal, 'abort').then(() => undefined);
  const { post } = await createCollector({ append: () => opened });
  const hundred = Array.from({ length: 100 }, () => offered);
  const requests = Array.from({ length: 201 }, () => post(hundred));

  const first = await Promise.race(requests);
  expect(first.status).toBe(503);
  expect(first.json()).toMatchObject({ code: 'OVERLOADED' });
  gate.abort();
  const statuses = (await Promise.all(requests)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(200);
  expect((await post(offered)).status).toBe(202);
});

test('with a key, events are of its tenant only', async () => {
  const secret = newSecretKey();
  const text = JSON.stringify({
    tenants: [
      { tenantId: 'acme', serverKeys: [{ id: 'shop', sha256: sha256Of(secret), roles: ['events'] }] },
    ],
  });
  const logger = pino({ level: 'silent' });
  const { send, events } = await createCollector({}, { keyring: await openKeyring({ text }, { logger }) });
  const sent = JSON.stringify([offered, { ...offered, tenantId: 'acme' }, { ...offered, tenantId: 'other' }]);

  expect((await send(json, sent)).status).toBe(401);
  expect(events()).toEqual([]);
  const response = await send(json, sent, { authorization: `Bearer ${secret}` });
  expect(response.json()).toMatchObject({
    results: [
      { status: 'accepted' },
      { status: 'accepted' },
      { status: 'rejected', field: 'tenantId', expected: 'the tenant of the key, acme, or none' },
    ],
  });
  expect(events()).toMatchObject([{ tenantId: 'acme' }, { tenantId: 'acme' }]);
});

const hourMs = 3_600_000;
const times = { ageMaxMs: hourMs, aheadMaxMs: 300_000 };

test.each<[title: string, occurredAt: number, expected: string | null]>([
  ['an hour ago', nowMs - hourMs, null],
  ['longer ago', nowMs - hourMs - 1, 'a time at most 3600000 ms ago'],
  ['five minutes ahead', nowMs + 300_000, null],
  ['further ahead', nowMs + 300_001, 'a time at most 300000 ms ahead'],
])('an event of %s is taken or refused', async (_title, occurredAt, expected) => {
  const { post } = await createCollector({}, { times });
  const { results } = (await post([offered, { ...offered, occurredAt }])).json() as { results: unknown[] };
  expect(results[1]).toMatchObject(
    expected === null ? { status: 'accepted' } : { status: 'rejected', field: 'occurredAt', expected },
  );
});

test.each<[title: string, sentAt: string, occurredAt: number | null, expected: number]>([
  ['is a day behind', `${nowMs - 24 * hourMs}`, nowMs - 24 * hourMs - 5_000, nowMs - 5_000],
  ['is two hours ahead', `${nowMs + 2 * hourMs}`, nowMs + 2 * hourMs - 5_000, nowMs - 5_000],
  ['is right but for the way to the server', `${nowMs - 900}`, nowMs - 5_000, nowMs - 5_000],
  ['does not matter, because the event has no time', `${nowMs - 24 * hourMs}`, null, nowMs],
])('a clock that %s', async (_title, sentAt, occurredAt, expected) => {
  const { request, events } = await createCollector({}, { times });
  const answer = await request(`/v1/events?sentAt=${sentAt}`, {
    method: 'POST',
    headers: { 'content-type': json },
    body: JSON.stringify({ ...offered, occurredAt }),
  });
  expect(answer.status).toBe(202);
  expect(events()).toMatchObject([{ occurredAt: expected, receivedAt: nowMs }]);
});

test.each(['yesterday', '-1', '1e3', '1&sentAt=2', '9'.repeat(16)])(
  'sentAt=%s is refused',
  async (sentAt) => {
    const { request, events } = await createCollector();
    const answer = await request(`/v1/events?sentAt=${sentAt}`, {
      method: 'POST',
      headers: { 'content-type': json },
      body: JSON.stringify(offered),
    });
    expect(answer.json()).toMatchObject({ status: 400, code: 'PARAMETER_INVALID' });
    expect(events()).toEqual([]);
  },
);

test('a body may be packed with gzip', async () => {
  const { sendPacked, events } = await createCollector();
  const many = Array.from({ length: 100 }, () => offered);
  expect((await sendPacked(gzipSync(JSON.stringify(many)))).status).toBe(202);
  expect(events()).toHaveLength(100);
});

test.each<[title: string, body: Buffer, encoding: string, status: number, code: string]>([
  ['no gzip', Buffer.from(JSON.stringify(offered)), 'gzip', 400, 'BODY_INVALID'],
  ['half of a gzip', gzipSync(JSON.stringify(offered)).subarray(0, 40), 'gzip', 400, 'BODY_INVALID'],
  ['nothing', Buffer.alloc(0), 'gzip', 400, 'BODY_INVALID'],
  ['gzip that holds no JSON', gzipSync('{'), 'gzip', 400, 'BODY_INVALID'],
  [
    'a small body that unpacks to a huge one',
    gzipSync(Buffer.alloc(64 * 1_048_576)),
    'gzip',
    413,
    'BODY_TOO_LARGE',
  ],
  ['a huge packed body', randomBytes(1_048_577), 'gzip', 413, 'BODY_TOO_LARGE'],
  ['another packing', deflateSync(JSON.stringify(offered)), 'deflate', 415, 'CONTENT_TYPE_UNSUPPORTED'],
  ['two packings', gzipSync(gzipSync('{}')), 'gzip, gzip', 415, 'CONTENT_TYPE_UNSUPPORTED'],
])('%s is refused', async (_title, body, encoding, status, code) => {
  const { sendPacked, events } = await createCollector();
  const answer = await sendPacked(body, encoding);
  expect(answer.json()).toMatchObject({ status, code, detail: expect.any(String) });
  expect(events()).toEqual([]);
});

test('what waits for the log is bounded in bytes too', async () => {
  const gate = new AbortController();
  const opened = once(gate.signal, 'abort').then(() => undefined);
  const { post } = await createCollector(
    { append: () => opened },
    { queue: { recordsMax: 100, bytesMax: 700 } },
  );
  const requests = [post(offered), post(offered), post(offered)];
  const first = await Promise.race(requests);
  expect(first.json()).toMatchObject({ status: 503, code: 'OVERLOADED' });
  expect(first.headers.get('retry-after')).toBe('1');
  gate.abort();
  const statuses = (await Promise.all(requests)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(2);
});

test('what became of events is counted', async () => {
  const metrics = createCollectorMetrics();
  const { post } = await createCollector({}, { metrics });
  await post([offered, offered, {}]);
  const text = await metrics.registry.metrics();
  expect(text).toContain('offerlock_collector_events_total{result="accepted"} 2');
  expect(text).toContain('offerlock_collector_events_total{result="rejected"} 1');
  expect(text).toContain('offerlock_collector_append_seconds_count 1');
  expect(text).toContain('offerlock_collector_waiting_events 0');
});

interface Collector {
  readonly request: Awaited<ReturnType<typeof clientOf>>;
  sendPacked(body: Buffer, encoding?: string): Promise<TestAnswer>;
  send(type: string, body: string, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
  post(body: unknown): Promise<TestAnswer>;
  events(): readonly WebActionEvent[];
  keys(): readonly unknown[];
}

async function createCollector(
  sink: Partial<EventSink> = {},
  { keyring = null, ...more }: Partial<EventRoutesParts> & { readonly keyring?: Keyring | null } = {},
): Promise<Collector> {
  const records: SinkRecord[] = [];
  let made = 0;
  const app = await createTestApp(
    eventRoutes({
      sink: {
        append: async (added) => {
          records.push(...added);
        },
        close: async () => {},
        ...sink,
      },
      encoder: { encode: (event) => Buffer.from(JSON.stringify(event)) },
      now: () => nowMs,
      newEventId: () => `made-${(made += 1)}`,
      reservedTenants: ['demo'],
      ...more,
    }),
    { access: { ...openAccess, keyring } },
  );
  apps.push(app);
  const request = await clientOf(app);
  const send: Collector['send'] = (type, body, headers = {}) =>
    request('/v1/events', { method: 'POST', headers: { 'content-type': type, ...headers }, body });
  const sendPacked: Collector['sendPacked'] = async (body, encoding = 'gzip') => {
    const response = await fetch(`${app.listeningOrigin}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': json, 'content-encoding': encoding },
      body: new Uint8Array(body),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, text, json: () => JSON.parse(text) as unknown };
  };
  return {
    request,
    send,
    sendPacked,
    post: (body) => send(json, JSON.stringify(body)),
    events: () => records.map(({ value }) => JSON.parse(value?.toString() ?? '') as WebActionEvent),
    keys: () => records.map(({ key }) => key),
  };
}
