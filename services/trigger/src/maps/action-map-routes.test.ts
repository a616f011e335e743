import { actionMapsSchema } from '@offerlock/lifecycle';
import { clientOf, createTestApp, type TestRequest } from '@offerlock/server/testing';
import { afterEach, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { actionMapRoutes } from './action-map-routes.ts';
import { createMapsLog, mapFor, mapOf, untilSo } from './test-maps.ts';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start() {
  const maps = await createMapsLog();
  const book = maps.openBook();
  const running = book.run();
  await untilSo(() => book.caughtUp);
  const app: FastifyInstance = await createTestApp(actionMapRoutes({ ...maps.change, book }));
  const request = await clientOf(app);
  stops.push(async () => {
    await app.close();
    await book.stop();
    await running;
  });
  const apply = (file: unknown, query = '', headers: TestRequest['headers'] = {}) =>
    request(`/v1/action-maps${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof file === 'string' ? file : JSON.stringify(file),
    });
  const published = async (query = '') =>
    (await request(`/v1/action-maps${query}`)).json() as {
      revision: number;
      document: { actionMaps: { id: string; version: number }[] };
    };
  return { ...maps, book, request, apply, published };
}

test('a file is applied, and every instance follows', async () => {
  const { apply, published, book, openBook, clock } = await start();
  const answer = await apply({ actionMaps: [mapOf('help')] });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toBe('"1"');
  expect(answer.json()).toEqual({
    tenantId: 'default',
    dryRun: false,
    revision: 1,
    changes: [{ kind: 'actionMap', id: 'help', version: 1, change: 'added', fields: [] }],
  });
  await untilSo(() => book.rulesOf('default') !== null);
  expect(await published()).toMatchObject({
    revision: 1,
    changedAt: clock.now(),
    document: { actionMaps: [{ id: 'help', version: 1 }] },
  });
  expect(book.rulesOf('default')?.maps.map(({ map }) => map.id)).toEqual(['help']);

  const other = openBook();
  const running = other.run();
  await untilSo(() => other.caughtUp);
  expect(other.publishedBy('default')).toEqual(book.publishedBy('default'));
  await other.stop();
  await running;
});

test('tenants are kept apart, and a tenant without maps has none', async () => {
  const { apply, published, book } = await start();
  await apply({ actionMaps: [mapOf('help')] }, '?tenantId=acme');
  await untilSo(() => book.rulesOf('acme') !== null);
  expect(book.rulesOf('default')).toBeNull();
  expect(await published()).toMatchObject({ revision: 0, document: { actionMaps: [] } });
});

test('a dry run says what would be done, and does nothing', async () => {
  const { apply, published } = await start();
  const answer = await apply({ actionMaps: [mapOf('help')] }, '?dryRun=true');
  expect(answer.json()).toMatchObject({ dryRun: true, revision: 1, changes: [{ change: 'added' }] });
  expect(await published()).toMatchObject({ revision: 0 });
});

test('a file that is not valid is refused as a whole, with every problem', async () => {
  const { apply, published } = await start();
  const answer = await apply({
    actionMaps: [mapOf('good'), mapFor('bad', 'nobody'), mapOf('worse', 1, { weight: 7 })],
    scheduleGroups: [
      {
        id: 'hours',
        displayName: 'h',
        timeZone: 'Mars',
        open: [{ days: ['monday'], from: '18:00', to: '09:00' }],
      },
    ],
  });
  expect(answer.status).toBe(422);
  expect(answer.json()).toMatchObject({
    code: 'ACTION_MAPS_INVALID',
    problems: [
      { path: '/actionMaps/1/action/actionTargetId' },
      { path: '/actionMaps/2/weight' },
      { path: '/scheduleGroups/0/open/0/to' },
      { path: '/scheduleGroups/0/timeZone' },
    ],
  });
  expect(await published()).toMatchObject({ revision: 0 });
});

test('a change of a version that is published is refused', async () => {
  const { apply, book, published } = await start();
  await apply({ actionMaps: [mapOf('help')] });
  const answer = await apply({ actionMaps: [mapOf('new'), mapOf('help', 1, { weight: 1 })] });
  expect(answer.status).toBe(422);
  expect(answer.json()).toMatchObject({ problems: [{ path: '/actionMaps/1/version' }] });
  await untilSo(() => book.rulesOf('default') !== null);
  expect(await published()).toMatchObject({ revision: 1, document: { actionMaps: [{ id: 'help' }] } });
});

test('with If-Match a change is made to the revision that was seen, or not at all', async () => {
  const { apply } = await start();
  await apply({ actionMaps: [mapOf('help')] });
  const late = await apply({ actionMaps: [mapOf('other')] }, '', { 'if-match': '"0"' });
  expect(late.status).toBe(412);
  expect(late.json()).toMatchObject({ code: 'REVISION_OUTDATED', revision: 1 });
  expect((await apply({ actionMaps: [mapOf('other')] }, '', { 'if-match': '"1"' })).status).toBe(200);
  const broken = await apply({ actionMaps: [] }, '', { 'if-match': 'W/"2"' });
  expect(broken.status).toBe(400);
  expect(broken.json()).toMatchObject({
    code: 'PARAMETER_INVALID',
    detail: expect.stringContaining('If-Match'),
  });
});

test('maps that take more than a record may, alone or with those that are there, are refused', async () => {
  const { apply, book } = await start();
  const triggerWithSegments = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(250, '-'));
  const mapsOf = (name: string, count: number) => ({
    actionMaps: Array.from({ length: count }, (_, index) =>
      mapOf(`${name}-${index}`, 1, { triggerWithSegments }),
    ),
  });
  expect((await apply(mapsOf('first', 90))).status).toBe(200);
  const both = await apply(mapsOf('second', 90));
  expect(both.json()).toMatchObject({
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: expect.stringMatching(/action maps take 4\d{6} bytes; expected at most 4194304/),
  });
  expect((await apply(mapsOf('alone', 170))).json()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  await untilSo(() => book.rulesOf('default') !== null);
  expect(book.rulesOf('default')?.maps).toHaveLength(90);
});

test('changes that are made at the same time are all made', async () => {
  const { apply, book } = await start();
  const ids = Array.from({ length: 10 }, (_, index) => `map-${index}`);
  await Promise.all(ids.map((id) => apply({ actionMaps: [mapOf(id)] })));
  await untilSo(() => book.publishedBy('default')?.revision === ids.length);
  expect(book.rulesOf('default')?.maps.map(({ map }) => map.id)).toEqual(ids);
});

test('what is no JSON, no object or no flag is named', async () => {
  const { apply } = await start();
  expect((await apply('{"actionMaps": [')).json()).toMatchObject({ status: 400, code: 'BODY_INVALID' });
  expect((await apply('[]')).json()).toMatchObject({
    status: 422,
    problems: [{ path: '', expected: 'an object' }],
  });
  expect((await apply({ actionMaps: [] }, '?dryRun=maybe')).json()).toMatchObject({
    status: 400,
    detail: 'dryRun: expected true or false',
  });
  expect((await apply({ actionMaps: [] }, '?tenantId=a/b')).json()).toMatchObject({
    status: 400,
    code: 'PARAMETER_INVALID',
  });
});

test('the schema of the file is published', async () => {
  const { request } = await start();
  expect((await request('/v1/action-maps/schema')).json()).toEqual(
    JSON.parse(JSON.stringify(actionMapsSchema)),
  );
});

test('a document that cannot be read leaves the last good one in force, and is told', async () => {
  const { log, encoders, apply, book } = await start();
  await apply({ actionMaps: [mapOf('help')] });
  await untilSo(() => book.rulesOf('default') !== null);
  const record = { tenantId: 'default', changedAt: 0, changedBy: 'a newer version' };
  await log
    .documents()
    .change('default', () =>
      encoders.actionMaps.encode({ ...record, revision: 2, document: '{"actionMaps":[{"id":"?"}]}' }),
    );
  await untilSo(() => book.health().detail.includes('cannot be read'));
  expect(book.health()).toMatchObject({
    healthy: true,
    detail: expect.stringContaining('default are in force, the newest cannot be read: /actionMaps/0'),
  });
  expect(book.rulesOf('default')?.maps).toHaveLength(1);

  const refused = await apply({ actionMaps: [mapOf('other')] });
  expect(refused.status).toBe(500);

  await log
    .documents()
    .change('default', () =>
      encoders.actionMaps.encode({ ...record, revision: 3, document: '{"actionMaps":[]}' }),
    );
  await untilSo(() => book.rulesOf('default')?.maps.length === 0);
  expect(book.health().detail).toBe('action maps of 1 tenants');
});

test('while the log is away, a change is refused and may be tried again', async () => {
  const { apply, log } = await start();
  log.faults.setAvailable(false);
  expect((await apply({ actionMaps: [mapOf('help')] })).json()).toMatchObject({
    status: 503,
    code: 'UNAVAILABLE',
  });
  log.faults.setAvailable(true);
  expect((await apply({ actionMaps: [mapOf('help')] })).status).toBe(200);
});
