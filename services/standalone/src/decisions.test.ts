import { afterEach, expect, test } from '@jest/globals';
import type { DecisionAnswer, PublishedActionMaps } from './page-api.ts';
import { createTestStandalone, stopAll, type TestStandalone } from './test-standalone.ts';

afterEach(stopAll);

const json = { 'content-type': 'application/json' };
const map = {
  id: 'help',
  version: 1,
  displayName: 'Help',
  startDate: '1960-01-01T00:00:00Z',
  action: { mediaType: 'webchat', invitation: { prompt: 'May we help?' } },
};
const question = {
  tenantId: 'acme',
  customerId: 'ann',
  sessionId: 'visit-1',
  page: { url: 'https://acme.example/' },
};

async function publishedBy({ request }: TestStandalone, tenantId: string): Promise<PublishedActionMaps> {
  return (await request(`/v1/action-maps?tenantId=${tenantId}`)).json() as PublishedActionMaps;
}

async function publish(standalone: TestStandalone, tenantId: string): Promise<void> {
  const body = JSON.stringify({ actionMaps: [map] });
  const answer = await standalone.request(`/v1/action-maps?tenantId=${tenantId}`, {
    method: 'POST',
    headers: json,
    body,
  });
  expect(answer.status).toBe(200);
  while ((await publishedBy(standalone, tenantId)).revision === 0);
}

async function decide({ request }: TestStandalone, headers: object = {}): Promise<DecisionAnswer> {
  const body = JSON.stringify(question);
  const answer = await request('/v1/decisions', { method: 'POST', headers: { ...json, ...headers }, body });
  return answer.json() as DecisionAnswer;
}

test('a decision is made, published, folded and counted in this process', async () => {
  const standalone = await createTestStandalone();
  await publish(standalone, 'acme');
  expect(await decide(standalone)).toMatchObject({
    status: 'decided',
    offers: [{ actionMapId: 'help', invitation: { prompt: 'May we help?' } }],
  });
  expect(await decide(standalone)).toMatchObject({ offers: [], heldBack: [{ reason: 'Reserved' }] });
  while ((await standalone.overview()).tenants['acme'] === undefined);
  await standalone.caughtUp();
  expect((await standalone.overview()).tenants['acme']).toMatchObject({ metrics: { qualified: 1 } });
  const { text } = await standalone.request('/metrics');
  expect(text).toContain('offerlock_decisions_total{status="decided"} 2');
});

test('when it stops, what was decided is published first', async () => {
  const standalone = await createTestStandalone();
  await publish(standalone, 'acme');
  await decide(standalone);
  await standalone.standalone.stop();
  const events = [0, 1].flatMap((partition) => standalone.log.records('events', partition));
  expect(events.map(({ key }) => key?.toString())).toEqual(['acme/ann']);
});

test('a page of another site can decide nothing, as long as nobody is asked for a key', async () => {
  const standalone = await createTestStandalone();
  const answer = await decide(standalone, { origin: 'https://shop.example', 'content-type': 'text/plain' });
  expect(answer).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
});

test('the demo tenant gets action maps with its first visitors, and keeps those that it has', async () => {
  const standalone = await createTestStandalone();
  const { demo } = standalone.standalone;
  demo.start();
  while ((await publishedBy(standalone, 'demo')).revision === 0);
  expect((await publishedBy(standalone, 'demo')).document.actionMaps).toHaveLength(13);
  expect(await publishedBy(standalone, 'demo')).toMatchObject({ revision: 1, changedBy: 'npm start' });

  await publish(standalone, 'demo');
  while ((await publishedBy(standalone, 'demo')).revision === 1);
  await demo.stop();
  demo.start();
  await demo.stop();
  expect(await publishedBy(standalone, 'demo')).toMatchObject({ revision: 2 });
});
