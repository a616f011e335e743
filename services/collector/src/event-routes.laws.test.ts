import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SinkRecord } from '@offerlock/event-log';
import { checkEvent, type WebActionEvent } from '@offerlock/lifecycle';
import { createTestApp } from '@offerlock/server/testing';
import fc from 'fast-check';
import { eventRoutes } from './event-routes.ts';

// A failing law prints its seed and path; `fc.assert(..., { seed, path })` runs that case again.

let app: Awaited<ReturnType<typeof createTestApp>>;
let appended: SinkRecord[] = [];

beforeAll(async () => {
  app = await createTestApp(
    eventRoutes({
      sink: {
        append: async (records) => {
          appended.push(...records);
        },
      },
      encoder: { encode: (event) => Buffer.from(JSON.stringify(event)) },
      now: () => Date.UTC(2026, 4, 1),
      newEventId: () => 'made',
      reservedTenants: [],
    }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await app.close();
});

const fieldNames = [
  'customerId',
  'sessionId',
  'actionId',
  'actionMapId',
  'actionState',
  'occurredAt',
  'tenantId',
];
const valid = fc.record({
  customerId: fc.constant('ann'),
  sessionId: fc.constant('visit-1'),
  actionId: fc.constant('chat-1'),
  actionMapId: fc.constant('welcome'),
  actionState: fc.constantFrom('offered', 'accepted'),
});
/** Nearly an event: some fields hold whatever JSON can hold. */
const nearly = fc
  .tuple(valid, fc.dictionary(fc.constantFrom(...fieldNames, '__proto__', 'constructor'), fc.jsonValue()))
  .map(([event, fields]) => ({ ...event, ...fields }));
const bodies = fc.oneof(
  fc.array(fc.oneof(valid, nearly, fc.jsonValue()), { maxLength: 5 }).map((events) => JSON.stringify(events)),
  fc.json(),
  fc.string({ unit: 'binary' }),
);
const bytes = fc.oneof(
  bodies.map((text) => Buffer.from(text)),
  fc.uint8Array().map((array) => Buffer.from(array)),
);

test('whatever is sent, the answer is no failure, and the log gets good events only, as many as the answer says', async () => {
  await fc.assert(
    fc.asyncProperty(
      bytes,
      fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-16', 'text/html', ''),
      fc.constantFrom('none', 'gzip', 'gzip that is not', 'br'),
      fc.oneof(fc.constant(null), fc.string()),
      async (body, type, packing, sentAt) => {
        appended = [];
        const query = sentAt === null ? '' : `?${new URLSearchParams({ sentAt }).toString()}`;
        const response = await fetch(`${app.listeningOrigin}/v1/events${query}`, {
          method: 'POST',
          headers: {
            ...(type === '' ? {} : { 'content-type': type }),
            ...(packing === 'none' ? {} : { 'content-encoding': packing.split(' ')[0] ?? '' }),
          },
          body: new Uint8Array(packing === 'gzip' ? gzipSync(body) : body),
        });
        const answer = (await response.json()) as { results?: { status: string }[]; code?: string };
        expect([202, 400, 413, 415]).toContain(response.status);
        const accepted = (answer.results ?? []).filter(({ status }) => status === 'accepted');
        expect(appended).toHaveLength(response.status === 202 ? accepted.length : 0);
        for (const { value } of appended) {
          expect(checkEvent(JSON.parse(value?.toString() ?? '') as WebActionEvent)).toBeNull();
        }
      },
    ),
    { numRuns: 300 },
  );
});
