import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { eventOf, journeyOf } from '@offerlock/lifecycle/testing';
import { encodeContent, simulateTraffic } from '@offerlock/traffic';
import { createTestStandalone, stopAll } from './test-standalone.ts';

afterEach(stopAll);

const json = { 'content-type': 'application/json' };

test('what is posted is folded, counted and shown', async () => {
  const { request, caughtUp, overview } = await createTestStandalone();
  const chat = journeyOf(['offered', 'accepted'], { tenantId: 'acme' });
  const body = JSON.stringify([...chat, { ...chat[0], actionId: 'x', actionState: 'engaged' }]);
  expect((await request('/v1/events', { method: 'POST', headers: json, body })).status).toBe(202);
  await caughtUp();

  expect(await overview()).toMatchObject({
    offers: 1,
    demo: { running: false, tenant: 'demo', eventsPerSecond: 5 },
    directory: { path: '/data', bytes: 4_096 },
    tenants: {
      acme: {
        outcomes: { applied: 2, early: 1 },
        metrics: { offered: 1, accepted: 1 },
        steps: { webchat: { 'none>offered': 1, 'offered>accepted': 1 } },
      },
    },
    series: { tenants: { acme: { offered: expect.any(Array), accepted: expect.any(Array) } } },
  });
  const offers = await request('/v1/customers/ann/offers?tenantId=acme');
  expect(offers.json()).toMatchObject({
    tenantId: 'acme',
    customerId: 'ann',
    offers: [
      {
        actionMapId: 'map-1',
        standing: 'pending',
        next: ['started', 'rejected', 'errored'],
        state: { status: 'accepted', visited: [{ state: 'offered' }, { state: 'accepted' }] },
      },
    ],
  });
});

test('the counts of simulated traffic are those that it was made with', async () => {
  const { log, encoders, caughtUp, overview, clock } = await createTestStandalone();
  const traffic = simulateTraffic({
    seed: 20,
    events: 3_000,
    startAtMs: clock.now(),
    tenant: 'acme',
    customers: 60,
    shares: { duplicates: 0.05, overtaking: 0.05, late: 0.03, illegal: 0.05, unreadable: 0.01 },
  });
  const records = Array.from(traffic.records(), ({ key, content }) => ({
    key,
    value: encodeContent(content, encoders.event),
  }));
  for (let at = 0; at < records.length; at += 100) await log.sink().append(records.slice(at, at + 100));
  await caughtUp();

  const expected = traffic.expected();
  const { tenants, offers } = await overview();
  const sum = (kind: 'outcomes' | 'deadLetters' | 'metrics') => {
    const all: Record<string, number> = {};
    for (const counts of Object.values(tenants)) {
      for (const [name, count] of Object.entries(counts[kind])) all[name] = (all[name] ?? 0) + count;
    }
    return all;
  };
  expect(sum('outcomes')).toEqual(expected.outcomes);
  expect(sum('deadLetters')).toEqual(expected.deadLetters);
  expect(sum('metrics')).toEqual(expected.metrics);
  expect(offers).toBe(expected.offers.total);
});

test('the rate is that of the last seconds', async () => {
  const { request, caughtUp, overview, clock } = await createTestStandalone();
  const body = JSON.stringify(
    Array.from({ length: 50 }, (_, at) => eventOf('offered', { customerId: `c${at}` })),
  );
  await request('/v1/events', { method: 'POST', headers: json, body });
  await caughtUp();
  clock.advance(10_000);
  expect((await overview()).eventsPerSecond).toBe(5);
  clock.advance(60_000);
  expect((await overview()).eventsPerSecond).toBe(0);
});

test('the latest events and dead letters are told, the newest first, unreadable ones by their key', async () => {
  const { request, log, caughtUp, clock } = await createTestStandalone();
  for (const event of journeyOf(['offered', 'rejected', 'accepted'], { occurredAt: clock.now() })) {
    clock.advance(10);
    await request('/v1/events', { method: 'POST', headers: json, body: JSON.stringify(event) });
  }
  await caughtUp();
  clock.advance(10);
  await log.sink().append([{ key: 'shop/bob', value: Buffer.from('{}') }]);
  await caughtUp();

  const recent = (await request('/v1/recent')).json();
  expect(recent).toMatchObject({
    events: [{ actionState: 'accepted' }, { actionState: 'rejected' }, { actionState: 'offered' }],
    refused: [
      { reason: 'UNDECODABLE', tenantId: 'shop', customerId: 'bob', actionMapId: null, actionState: null },
      { reason: 'TERMINAL_LOCKED', tenantId: 'default', customerId: 'ann', actionState: 'accepted' },
    ],
  });
});

test('customers are found by the beginning of their ids, in one tenant or in all', async () => {
  const { request, caughtUp } = await createTestStandalone();
  const customers = ['anna', 'anton', 'bert'];
  const events = customers.map((customerId) => eventOf('offered', { customerId }));
  const body = JSON.stringify([...events, eventOf('offered', { customerId: 'anna', tenantId: 'acme' })]);
  await request('/v1/events', { method: 'POST', headers: json, body });
  await caughtUp();

  const found = async (query: string) => (await request(`/v1/customers?${query}`)).json();
  expect(await found('prefix=an')).toEqual({
    customers: [
      { tenantId: 'acme', customerId: 'anna' },
      { tenantId: 'default', customerId: 'anna' },
      { tenantId: 'default', customerId: 'anton' },
    ],
    more: false,
  });
  expect(await found('tenant=default&limit=2')).toMatchObject({ customers: { length: 2 }, more: true });
  expect(await found('tenant=nobody')).toEqual({ customers: [], more: false });
  expect(await found('limit=0')).toMatchObject({ status: 400, code: 'PARAMETER_INVALID' });
});

test('a locked offer has no next steps, a failed one has its retry', async () => {
  const { request, caughtUp } = await createTestStandalone();
  const body = JSON.stringify([
    ...journeyOf(['offered', 'rejected']),
    ...journeyOf(['offered', 'errored'], { actionMapId: 'map-2' }),
  ]);
  await request('/v1/events', { method: 'POST', headers: json, body });
  await caughtUp();

  expect((await request('/v1/customers/ann/offers')).json()).toMatchObject({
    offers: [
      { actionMapId: 'map-1', standing: 'locked', next: [] },
      { actionMapId: 'map-2', standing: 'open', next: ['offered'] },
    ],
  });
});

test('a customer that nothing is known of is not found', async () => {
  const { request } = await createTestStandalone();
  const answer = await request('/v1/customers/nobody/offers');
  expect(answer.status).toBe(404);
  expect(answer.json()).toMatchObject({
    code: 'NOT_FOUND',
    detail: 'nothing is known of customer nobody of tenant default',
  });
});

test('the lifecycles in force are told as data', async () => {
  const { request } = await createTestStandalone();
  expect((await request('/v1/lifecycles')).json()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        mediaType: 'webchat',
        title: 'Web chat',
        initial: ['qualified', 'offered'],
        retry: { after: 'errored', with: 'offered' },
        reoffer: { scope: 'never' },
        transitions: expect.objectContaining({ qualified: ['offered'], engaged: [] }),
      }),
    ]),
  );
});

test('demo traffic is switched on and off, and shows as its tenant', async () => {
  const { request, clock, overview, caughtUp } = await createTestStandalone();
  const put = (running: unknown) =>
    request('/v1/demo', { method: 'PUT', headers: json, body: JSON.stringify({ running }) });

  expect((await put(true)).json()).toEqual({ running: true });
  for (let second = 0; second < 30; second += 1) {
    clock.advance(1_000);
    await caughtUp();
  }
  const { demo, tenants } = await overview();
  expect(demo.running).toBe(true);
  expect(Object.keys(tenants).filter((tenant) => tenant !== '')).toEqual(['demo']);
  expect(tenants['demo']?.outcomes['applied']).toBeGreaterThan(50);

  expect((await put(false)).json()).toEqual({ running: false });
  expect((await overview()).demo.running).toBe(false);
  expect((await put('yes')).json()).toMatchObject({ code: 'PARAMETER_INVALID' });
});

test('it is live and ready, and tells Prometheus what it did', async () => {
  const { request, caughtUp } = await createTestStandalone();
  await request('/v1/events', { method: 'POST', headers: json, body: JSON.stringify(eventOf('offered')) });
  await caughtUp();

  expect((await request('/livez')).status).toBe(200);
  expect((await request('/readyz')).json()).toMatchObject({
    status: 'ok',
    detail: expect.stringMatching(/^2 partitions assigned; action maps of 0 tenants; /),
  });
  const { text } = await request('/metrics');
  expect(text).toContain('offerlock_events_total{outcome="applied"} 1');
  expect(text).toContain('# TYPE offerlock_decisions_total counter');
  expect(text.match(/^# TYPE process_cpu_seconds_total /gm)).toHaveLength(1);
  expect(text).toContain('offerlock_steps_total{media_type="webchat",from="none",to="offered"} 1');
});

test('when it stops, what was asked is answered and nothing is asked any more', async () => {
  const { standalone, request } = await createTestStandalone();
  const posted = request('/v1/events', {
    method: 'POST',
    headers: json,
    body: JSON.stringify(eventOf('offered')),
  });
  await posted;
  await Promise.all([standalone.stop(), standalone.stop()]);
  await expect(request('/livez')).rejects.toThrow('fetch failed');
});

test('a client that never ends its request does not keep it from stopping', async () => {
  const { standalone, clock } = await createTestStandalone();
  const { port } = new URL(standalone.http.listeningOrigin);
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  socket.on('error', () => undefined);
  const arrived = once(standalone.http.server, 'request');
  socket.write('POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n');
  socket.write('content-type: application/json\r\n\r\n{');
  await arrived;
  const gone = once(socket, 'close');
  const stopped = standalone.stop();
  clock.advance(5_000);
  await stopped;
  await gone;
  expect(socket.destroyed).toBe(true);
});
