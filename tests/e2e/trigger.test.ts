/*
 * Decisions on the real Kafka, registry and Redis, with the processes as users run them: from a file of action maps to
 * an offer, to its end, and to what is decided after it.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { eventOf } from '@offerlock/lifecycle/testing';
import { newSecretKey, sha256Of } from '@offerlock/server';
import type { Decision } from '@offerlock/trigger';
import { startDeciding, type DecidingInstallation, type Visitor } from '../support/deciding-installation.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { until as untilWithin } from '../support/until.ts';

/** Beside the other tests the machine is busy. */
const until: typeof untilWithin = (awaited, check) => untilWithin(awaited, check, { timeoutMs: 60_000 });

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function start(environment: Readonly<Record<string, string>> = {}): Promise<DecidingInstallation> {
  const deciding = await startDeciding(environment);
  opened.push(deciding);
  return deciding;
}

const mapOf = (version: number, action: object = {}) => ({
  id: 'help',
  version,
  displayName: 'Help',
  startDate: '2020-01-01T00:00:00Z',
  action: { mediaType: 'webchat', invitation: { prompt: 'May we help you?' }, ...action },
});

/** Applies the file and waits until it is in force. */
async function publish(deciding: DecidingInstallation, file: object): Promise<void> {
  const applied = await deciding.applyMaps(file);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  await until('the maps are in force', async () => {
    const { body } = await deciding.request('GET', '/v1/action-maps');
    return body['revision'] === 1;
  });
}

async function offered(deciding: DecidingInstallation, visitor?: Visitor): Promise<Decision> {
  const decision = await deciding.decide(visitor);
  expect(decision).toMatchObject({ status: 'decided', offers: [{ actionMapId: 'help' }] });
  return decision;
}

const reasonsOf = ({ heldBack }: Decision) => heldBack.map(({ reason }) => reason);

test('an offer is promised, shown and brought to each of its ends; after that there is no other', async () => {
  const deciding = await start();
  await publish(deciding, { actionMaps: [mapOf(1)] });
  const ends = ['rejected', 'timedout', 'ignored', 'abandoned', 'engaged'];
  for (const end of ends) {
    const visitor = { customerId: `visitor-${end}` };
    const decision = await offered(deciding, visitor);
    expect(reasonsOf(await deciding.decide(visitor))).toEqual(['Reserved']);
    await deciding.report(decision, visitor, ['offered']);
    expect(reasonsOf(await deciding.decide(visitor))).toEqual(['AlreadyExistingOffer']);
    const talk = end === 'abandoned' || end === 'engaged' ? ['accepted', 'started', end] : [end];
    await deciding.report(decision, visitor, talk);
    expect(reasonsOf(await deciding.decide(visitor))).toEqual(['TerminalState']);
    expect(reasonsOf(await deciding.decide({ ...visitor, sessionId: 'visit-2' }))).toEqual(['TerminalState']);
  }
  // What decisions published themselves is folded as what pages report is, and nothing of it was refused.
  const { truth, differences } = await deciding.installation.compare();
  expect(differences).toEqual([]);
  expect(truth.customers).toHaveLength(ends.length);
  const page = ['--page', 'https://shop.example/'];
  expect(await deciding.offerlock(['explain', 'visitor-rejected', ...page])).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/Nothing is offered\.[^]*lifecycle +│ NO +│ TerminalState/),
  });
  expect(await deciding.offerlock(['explain', 'somebody-new', ...page])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Offered: help (webchat).'),
  });
});

test('with the scope session, the next session is offered the map again', async () => {
  const deciding = await start({ OFFERLOCK_REOFFER: 'webchat=session' });
  await publish(deciding, { actionMaps: [mapOf(1)] });
  const first = await offered(deciding);
  await deciding.report(first, {}, ['offered', 'rejected']);
  expect(reasonsOf(await deciding.decide())).toEqual(['TerminalState']);
  const second = await offered(deciding, { sessionId: 'visit-2' });
  expect(second.offers[0]?.actionId).not.toBe(first.offers[0]?.actionId);
});

test('with the scope after, the map is offered again once the time has passed, and not before', async () => {
  const afterMs = 3_000;
  const deciding = await start({ OFFERLOCK_REOFFER: `webchat=after:${afterMs}` });
  await publish(deciding, { actionMaps: [mapOf(1)] });
  const first = await offered(deciding);
  const rejectedFrom = Date.now();
  await deciding.report(first, {}, ['offered', 'rejected']);
  const later = await nextOffer(deciding);
  expect(later.decidedAt).toBeGreaterThanOrEqual(rejectedFrom + afterMs);
  expect(later.offers[0]?.actionId).not.toBe(first.offers[0]?.actionId);
});

test('what was promised to a browser that is gone is offered again after the lease', async () => {
  const deciding = await start({ OFFERLOCK_LEASE_MS: '2000' });
  await publish(deciding, { actionMaps: [mapOf(1)] });
  const first = await offered(deciding);
  const later = await nextOffer(deciding);
  expect(later.decidedAt).toBeGreaterThanOrEqual(first.offers[0]?.reservedUntil ?? Infinity);
});

test('while Redis is away nothing is offered; when it is back, promises are kept and decisions go on', async () => {
  const redis = await startRedisServer('--appendonly', 'yes');
  opened.push({ close: () => redis.remove() });
  const deciding = await start({ OFFERLOCK_REDIS_ADDRESSES: redis.address, OFFERLOCK_LEASE_MS: '600000' });
  await publish(deciding, { actionMaps: [mapOf(1)] });
  await offered(deciding);
  await redis.kill();
  const away = await deciding.decide({ customerId: 'bob' });
  expect(away).toMatchObject({ status: 'unavailable', offers: [], detail: expect.stringMatching(/./) });
  await redis.start();
  await until('it decides again', async () => {
    const decision = await deciding.decide();
    expect(decision.offers).toEqual([]);
    return decision.status === 'decided' && reasonsOf(decision).join() === 'Reserved';
  });
  await offered(deciding, { customerId: 'bob' });
});

test('chats that were taken too late hold the map back, until enough are taken in time', async () => {
  const deciding = await start();
  const target = { id: 'sales', displayName: 'Sales', serviceLevelMs: 1_000, serviceLevelFraction: 0.75 };
  await publish(deciding, { actionMaps: [mapOf(1, { actionTargetId: 'sales' })], actionTargets: [target] });
  await offered(deciding, { customerId: 'visitor-before' });
  await haveChats(deciding, { waitedMs: 5_000, chats: 1 });
  await until('the service level is known to be low', async () => {
    const decision = await deciding.decide({ customerId: 'visitor-during' });
    return reasonsOf(decision).includes('ServiceLevelThrottling');
  });
  await haveChats(deciding, { waitedMs: 500, chats: 3 });
  await until('the service level is reached', async () => {
    const decision = await deciding.decide({ customerId: 'visitor-after' });
    return decision.offers.length === 1;
  });
  expect(reasonsOf(await deciding.decide({ customerId: 'visitor-after' }))).toEqual(['Reserved']);
});

test('what is not valid is named, and nothing of it is applied', async () => {
  const secret = newSecretKey();
  const serverKeys = [{ id: 'backend', sha256: sha256Of(secret), roles: ['decisions', 'admin'] }];
  const deciding = await start({
    OFFERLOCK_KEYS: JSON.stringify({ tenants: [{ tenantId: 'acme', serverKeys, writeKeys: [] }] }),
  });
  const key = { OFFERLOCK_KEY: secret };
  const headers = { authorization: `Bearer ${secret}` };
  const good = { actionMaps: [mapOf(1)] };
  expect(await deciding.applyMaps(good)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('set OFFERLOCK_KEY'),
  });
  expect(await deciding.applyMaps(good, { OFFERLOCK_KEY: newSecretKey() })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('check OFFERLOCK_KEY'),
  });
  expect(await deciding.request('GET', '/v1/action-maps?tenantId=other', undefined, headers)).toMatchObject({
    status: 403,
    body: { code: 'TENANT_MISMATCH' },
  });
  expect(await deciding.request('POST', '/v1/action-maps', '{"actionMaps":', headers)).toMatchObject({
    status: 400,
    body: { code: 'BODY_INVALID' },
  });
  expect(await deciding.request('POST', '/v1/decisions', { sessionId: 'visit-1' }, headers)).toMatchObject({
    status: 400,
    body: { code: 'BODY_INVALID', field: 'customerId' },
  });

  expect(await deciding.applyMaps(good, key)).toMatchObject({ code: 0 });
  const hours = { days: ['monday'], from: '18:00', to: '09:00' };
  const refused = await deciding.applyMaps(
    {
      actionMaps: [mapOf(2), { ...mapOf(1, { actionTargetId: 'nobody' }), id: 'lost' }],
      scheduleGroups: [{ id: 'night', displayName: 'Night', timeZone: 'Europe/Berlin', open: [hours] }],
    },
    key,
  );
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/maps\.json:\d+:\d+: \/actionMaps\/1\/action\/actionTargetId: expected/);
  expect(refused.stderr).toMatch(/maps\.json:\d+:\d+: \/scheduleGroups\/0\/open\/0\/to: expected/);
  const changed = await deciding.applyMaps({ actionMaps: [{ ...mapOf(1), weight: 3 }, mapOf(2)] }, key);
  expect(changed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\/actionMaps\/0\/version: expected/),
  });

  await until('the one good file is in force', async () => {
    const { body } = await deciding.request('GET', '/v1/action-maps', undefined, headers);
    return body['revision'] === 1;
  });
  const { stdout } = await deciding.offerlock(['maps', 'show', '--json'], key);
  expect(JSON.parse(stdout)).toMatchObject({
    actionMaps: [{ id: 'help', version: 1, weight: 2 }],
    scheduleGroups: [],
  });
});

/** Asks until the map is offered to the default visitor; each answer before holds it back. */
async function nextOffer(deciding: DecidingInstallation): Promise<Decision> {
  let decision = await deciding.decide();
  expect(decision.offers).toEqual([]);
  await until('it is offered again', async () => {
    decision = await deciding.decide();
    return decision.offers.length === 1;
  });
  return decision;
}

/** Chats that visitors began a minute ago and an agent took. */
async function haveChats(
  { installation }: DecidingInstallation,
  { waitedMs, chats }: { readonly waitedMs: number; readonly chats: number },
): Promise<void> {
  const begun = Date.now() - 60_000;
  const times = { offered: begun, accepted: begun + 1, started: begun + 2, engaged: begun + 2 + waitedMs };
  for (let chat = 0; chat < chats; chat += 1) {
    const ids = { customerId: `chatting-${randomUUID()}`, actionId: randomUUID(), actionMapId: 'help' };
    await installation.publish(
      Object.entries(times).map(([state, occurredAt]) =>
        eventOf(state, { ...ids, eventId: randomUUID(), occurredAt }),
      ),
    );
  }
  await installation.drained();
}
