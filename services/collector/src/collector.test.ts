import { afterEach, expect, test } from '@jest/globals';
import { createMemoryLog } from '@offerlock/event-log/memory';
import type { WebActionEvent } from '@offerlock/lifecycle';
import { createEncoders, createRecordDecoder, registerSchemas, type Encoders } from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { openAccess } from '@offerlock/server';
import { clientOf } from '@offerlock/server/testing';
import { pino } from 'pino';
import { createCollector, type Collector } from './collector.ts';

const nowMs = Date.UTC(2026, 4, 1, 12);
const event = {
  customerId: 'ann',
  sessionId: 'visit-1',
  actionId: 'chat-1',
  actionMapId: 'welcome',
  actionState: 'offered',
};
const collectors: Collector[] = [];

afterEach(async () => {
  await Promise.all(collectors.splice(0).map((collector) => collector.stop()));
});

test('it is alive from the start, and takes events once what it needs is there', async () => {
  const { request, post, boot, events } = await createService();
  expect((await request('/livez')).status).toBe(200);
  const unready = await request('/readyz');
  expect(unready.status).toBe(503);
  expect(unready.json()).toMatchObject({ detail: 'waiting for the schema registry' });
  const early = await post(event);
  expect(early.json()).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  expect(early.headers.get('retry-after')).toBe('5');

  await boot();
  expect((await request('/readyz')).json()).toEqual({ status: 'ok', detail: 'it takes events' });
  expect((await post({ ...event, occurredAt: nowMs - 3_600_001 })).status).toBe(400);
  expect((await post([event, { ...event, actionState: 'accepted' }])).status).toBe(202);
  expect(await events()).toMatchObject([
    { customerId: 'ann', actionState: 'offered', receivedAt: nowMs },
    { customerId: 'ann', actionState: 'accepted', receivedAt: nowMs },
  ]);
  expect((await request('/metrics')).text).toContain('offerlock_collector_events_total{result="accepted"} 2');
});

test('the API describes itself, and nothing of a service that it is not', async () => {
  const { request } = await createService();
  const api = (await request('/openapi.json')).json() as {
    readonly paths: Readonly<Record<string, unknown>>;
  };
  expect(Object.keys(api.paths).sort()).toEqual(['/livez', '/metrics', '/readyz', '/v1/events']);
  expect(api.paths['/v1/events']).toMatchObject({
    post: {
      parameters: expect.arrayContaining([
        expect.objectContaining({ in: 'query', name: 'sentAt', required: false }),
      ]),
      responses: { 202: {}, 400: {}, 401: {}, 403: {}, 413: {}, 415: {}, 429: {}, 503: {} },
    },
  });
});

async function createService() {
  const log = createMemoryLog({ partitions: 1 });
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  let encoders: Encoders | null = null;
  let waitingFor: string | null = 'the schema registry';
  const collector = await createCollector({
    logger: pino({ level: 'silent' }),
    guard: { host: '127.0.0.1', allowedHosts: [] },
    access: openAccess,
    sink: log.sink(),
    encoders: () => encoders,
    waitingFor: () => waitingFor,
    times: { ageMaxMs: 3_600_000, aheadMaxMs: 300_000 },
    waitingEventsMax: 1_000,
    now: () => nowMs,
    newEventId: () => 'made',
  });
  collectors.push(collector);
  const request = await clientOf(collector.http);
  const decoder = createRecordDecoder(registry);
  return {
    request,
    post: (body: unknown) =>
      request('/v1/events', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    boot: async () => {
      encoders = await createEncoders(registry, '');
      waitingFor = null;
    },
    events: async () => {
      const decoded: WebActionEvent[] = [];
      for (const { value } of log.records('events', 0)) {
        const one = await decoder.decode(value);
        if (one.type === 'event') decoded.push(one.event);
      }
      return decoded;
    },
  };
}
