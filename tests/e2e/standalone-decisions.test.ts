/*
 * Decisions of the installation in one process, as it is started by a person: what a decision promises is kept, also by
 * a process that is killed right after the answer.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DecisionAnswer, PublishedActionMaps } from '@offerlock/standalone';
import { startStandaloneProcess, type StandaloneProcess } from '../support/standalone-process.ts';
import { until } from '../support/until.ts';

let folder: string;
const started: StandaloneProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerlock-decisions-'));
});

afterEach(async () => {
  for (const { kill } of started) kill('SIGKILL');
  await Promise.all(started.splice(0).map(({ exited }) => exited));
  await rm(folder, { recursive: true });
});

async function start(environment: Record<string, string> = {}): Promise<StandaloneProcess> {
  const standalone = startStandaloneProcess({
    directory: join(folder, 'data'),
    environment: { OFFERLOCK_DEMO: 'off', ...environment },
  });
  started.push(standalone);
  await standalone.ready();
  return standalone;
}

async function send<Answer>(standalone: StandaloneProcess, path: string, body: object): Promise<Answer> {
  const response = await fetch(`${await standalone.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Answer;
}

async function mapsOf(standalone: StandaloneProcess): Promise<PublishedActionMaps> {
  const response = await fetch(`${await standalone.url}/v1/action-maps?tenantId=acme`);
  return (await response.json()) as PublishedActionMaps;
}

const maps = {
  actionMaps: ['help', 'welcome'].map((id) => ({
    id,
    version: 1,
    displayName: id,
    startDate: '2020-01-01T00:00:00Z',
    weight: id === 'help' ? 3 : 1,
    action: { mediaType: 'webchat', invitation: { prompt: 'May we help?' } },
  })),
};
const question = {
  tenantId: 'acme',
  customerId: 'ann',
  sessionId: 'visit-1',
  page: { url: 'https://acme.example/' },
};
async function publish(standalone: StandaloneProcess): Promise<void> {
  const { revision } = await send<PublishedActionMaps>(standalone, '/v1/action-maps?tenantId=acme', maps);
  await until('they are in force', async () => (await mapsOf(standalone)).revision === revision);
}
const decide = (standalone: StandaloneProcess) => send<DecisionAnswer>(standalone, '/v1/decisions', question);
const reasonsIn = ({ heldBack }: DecisionAnswer) =>
  Object.fromEntries(heldBack.map(({ actionMapId, reason }) => [actionMapId, reason]));

test('an offer is promised once, shown, rejected, and then over', async () => {
  const standalone = await start();
  await publish(standalone);
  const first = await decide(standalone);
  expect(first).toMatchObject({ status: 'decided', offers: [{ actionMapId: 'help' }] });
  expect(reasonsIn(first)).toEqual({ welcome: 'MultipleSimultaneousOffers' });
  expect(reasonsIn(await decide(standalone))).toEqual({ help: 'Reserved', welcome: 'MediaTypeBusy' });

  const [offer] = first.offers;
  const shown = { ...question, actionId: offer?.actionId, actionMapId: 'help', actionMapVersion: 1 };
  const { page: _page, ...event } = shown;
  await send(standalone, '/v1/events', { ...event, actionState: 'offered' });
  await send(standalone, '/v1/events', { ...event, actionState: 'rejected' });
  const { tenants } = await standalone.drained();
  // Both maps had qualified; their events were published by the decision.
  expect(tenants).toMatchObject({ acme: { metrics: { qualified: 2, offered: 1, rejected: 1 } } });
  const after = await decide(standalone);
  expect(reasonsIn(after)).toEqual({ help: 'TerminalState' });
  expect(after.offers.map(({ actionMapId }) => actionMapId)).toEqual(['welcome']);
});

test('a process that is killed after its answer keeps the promise, and the action maps', async () => {
  const first = await start({ OFFERLOCK_LEASE_MS: '60000' });
  await publish(first);
  const published = await mapsOf(first);
  const { offers } = await decide(first);
  expect(offers.map(({ actionMapId }) => actionMapId)).toEqual(['help']);
  first.kill('SIGKILL');
  await first.exited;

  const second = await start({ OFFERLOCK_LEASE_MS: '60000' });
  expect(await mapsOf(second)).toEqual(published);
  expect(published.document.actionMaps.map(({ id }) => id)).toEqual(['help', 'welcome']);
  const again = await decide(second);
  expect(again).toMatchObject({ status: 'decided', offers: [] });
  expect(reasonsIn(again)).toEqual({ help: 'Reserved', welcome: 'MediaTypeBusy' });

  const { customerId, tenantId } = question;
  const path = `/v1/decisions/${offers[0]?.actionId}/release`;
  expect(await send(second, path, { customerId, tenantId })).toEqual({ released: true });
  expect((await decide(second)).offers).toMatchObject([{ actionMapId: 'help' }]);
});

test('a promise that nobody redeems is over after its lease, also across a restart', async () => {
  const environment = { OFFERLOCK_LEASE_MS: '1000' };
  const first = await start(environment);
  await publish(first);
  expect((await decide(first)).offers).toHaveLength(1);
  first.kill('SIGKILL');
  await first.exited;

  const second = await start(environment);
  await until('it is offered again', async () => (await decide(second)).offers.length === 1);
});
