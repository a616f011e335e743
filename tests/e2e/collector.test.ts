import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { WebActionEvent } from '@offerlock/lifecycle';
import { createRecordDecoder } from '@offerlock/schemas';
import { newSecretKey, sha256Of } from '@offerlock/server';
import { createInstallation, type Installation } from '../support/installation.ts';
import { repository, startServingProcess, type ServingProcess } from '../support/serving-process.ts';

let installation: Installation;
let folder: string;
const started: ServingProcess[] = [];

beforeEach(async () => {
  installation = await createInstallation();
  folder = await mkdtemp(join(tmpdir(), 'offerlock-collector-'));
});

afterEach(async () => {
  for (const one of started.splice(0)) {
    one.kill('SIGKILL');
    await one.exited;
  }
  await rm(folder, { recursive: true });
  await installation.close();
});

const origin = 'https://shop.example';
const writeKey = 'wk_0123456789abcdef';
const event = { customerId: 'ann', sessionId: 'visit-1', actionId: 'chat-1', actionMapId: 'welcome' };

test('events of pages and servers are in Kafka when the answer comes, each for the tenant of its key', async () => {
  const secret = newSecretKey();
  const keysFile = join(folder, 'keys.json');
  const serverKeys = [{ id: 'backend', sha256: sha256Of(secret) }];
  const writeKeys = [{ key: writeKey, origins: [origin] }];
  await writeFile(keysFile, JSON.stringify({ tenants: [{ tenantId: 'acme', serverKeys, writeKeys }] }));
  const collector = start({ OFFERLOCK_KEYS_FILE: keysFile });
  const url = await ready(collector);

  const send = (path: string, body: unknown, headers: Readonly<Record<string, string>>) =>
    fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const fromPage = await send(`/v1/events?key=${writeKey}`, { ...event, actionState: 'offered' }, { origin });
  expect(fromPage.status).toBe(202);
  const json = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
  const fromServer = await send(
    '/v1/events',
    [
      { ...event, actionState: 'accepted' },
      { ...event, tenantId: 'other', actionState: 'accepted' },
    ],
    json,
  );
  expect(await fromServer.json()).toMatchObject({
    results: [{ status: 'accepted' }, { status: 'rejected' }],
  });
  expect((await send('/v1/events', event, { 'content-type': 'application/json' })).status).toBe(401);
  expect(await eventsInKafka()).toMatchObject([
    { tenantId: 'acme', actionState: 'offered' },
    { tenantId: 'acme', actionState: 'accepted' },
  ]);

  await writeFile(keysFile, JSON.stringify({ tenants: [] }));
  await installation.until(async () => (await send('/v1/events', event, json)).status === 401);
  collector.kill('SIGTERM');
  expect(await collector.exited).toEqual({ code: 0, signal: null });
  expect(JSON.stringify(collector.logLines)).not.toContain(secret);
});

test('every event of many requests at once is there, in the order of its customer', async () => {
  const collector = start();
  const url = await ready(collector);
  const customers = Array.from({ length: 40 }, (_, index) => `customer-${index}`);
  const states = ['qualified', 'offered', 'accepted', 'started', 'engaged'];
  await Promise.all(
    customers.map(async (customerId) => {
      for (const actionState of states) {
        const response = await fetch(`${url}/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'text/plain' },
          body: JSON.stringify({ ...event, customerId, actionState }),
        });
        expect(response.status).toBe(202);
      }
    }),
  );
  const events = await eventsInKafka();
  expect(events).toHaveLength(customers.length * states.length);
  for (const customer of customers) {
    const own = events.filter(({ customerId }) => customerId === customer);
    expect(own.map(({ actionState }) => actionState)).toEqual(states);
  }
});

test('without keys it does not serve other machines, and a wrong variable is named', async () => {
  const open = start({ OFFERLOCK_HTTP_HOST: '0.0.0.0' });
  expect(await open.exited).toMatchObject({ code: 2 });
  expect(open.errorText()).toContain('OFFERLOCK_KEYS_FILE');
  const wrong = start({ OFFERLOCK_EVENT_AGE_MAX_MS: 'an hour' });
  expect(await wrong.exited).toMatchObject({ code: 2 });
  expect(wrong.errorText()).toContain('OFFERLOCK_EVENT_AGE_MAX_MS: expected a whole number of milliseconds');
});

function start(environment: Readonly<Record<string, string>> = {}): ServingProcess {
  const collector = startServingProcess({
    script: `${repository}services/collector/dist/main.js`,
    environment: { ...installation.environment, ...environment },
  });
  started.push(collector);
  return collector;
}

async function ready(collector: ServingProcess): Promise<string> {
  const url = await collector.url;
  await installation.until(async () => (await fetch(`${url}/readyz`)).ok);
  return url;
}

async function eventsInKafka(): Promise<readonly WebActionEvent[]> {
  const decoder = createRecordDecoder(installation.registry);
  const events: WebActionEvent[] = [];
  await installation.reader.read('events', async (records) => {
    for (const { value } of records) {
      const decoded = await decoder.decode(value);
      if (decoded.type === 'event') events.push(decoded.event);
    }
  });
  return events;
}
