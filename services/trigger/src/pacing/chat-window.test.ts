import { checkActionMaps, type ActionMapsFile, type ChatCounts } from '@offerlock/lifecycle';
import { createDecoder, type WebActionMetric } from '@offerlock/schemas';
import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMapsLog, mapFor, untilSo } from '../maps/test-maps.ts';
import { createChatWindow } from './chat-window.ts';

const windowMs = 15 * 60_000;
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const document: ActionMapsFile = documentOf({
  actionMaps: [mapFor('help', 'sales'), mapFor('help', 'service', 2), mapFor('other', 'sales')],
  actionTargets: [
    { id: 'sales', displayName: 'Sales', serviceLevelMs: 20_000, shortAbandonMs: 5_000 },
    { id: 'service', displayName: 'Service', serviceLevelMs: 60_000 },
  ],
});

function documentOf(file: unknown): ActionMapsFile {
  const checked = checkActionMaps(file);
  if (checked.outcome === 'refused') throw new Error(JSON.stringify(checked.problems));
  return checked.value;
}

async function start(published: { document: ActionMapsFile } | null = { document }) {
  const { clock, log, registry, encoders } = await createMapsLog();
  let ids = 0;
  let offset = 0;
  const metricOf = (fields: Partial<WebActionMetric>): WebActionMetric => ({
    metricId: `metric-${(ids += 1)}`,
    metric: 'engaged',
    tenantId: 'default',
    customerId: 'ann',
    sessionId: 'visit-1',
    actionId: 'chat-1',
    actionMapId: 'help',
    actionMapVersion: 1,
    actionMediaType: 'webchat',
    previousState: 'started',
    millisInPreviousState: 1_000,
    millisSinceOffered: 2_000,
    terminal: true,
    occurredAt: clock.now(),
    receivedAt: clock.now(),
    processedAt: clock.now(),
    topic: 'webactions.events.v1',
    partition: 0,
    offset: (offset += 1),
    ...fields,
  });
  const publish = (...metrics: readonly Partial<WebActionMetric>[]) =>
    log.put(
      0,
      metrics.map((metric) => ({ key: 'default/ann', value: encoders.metric.encode(metricOf(metric)) })),
      'metrics',
    );
  const open = async (chatsMax = 1_000) => {
    const chats = createChatWindow({
      follower: log.follower(),
      decoder: createDecoder<WebActionMetric>(registry, { metric: (metric) => metric }),
      publishedBy: () => published,
      now: () => clock.now(),
      windowMs,
      chatsMax,
    });
    const running = chats.run();
    stops.push(async () => {
      await chats.stop();
      await running;
    });
    await untilSo(() => chats.health().healthy);
    return chats;
  };
  return { clock, publish, open };
}

const counts = (engaged: number, overServiceLevel: number, abandoned: number): ChatCounts => ({
  engaged,
  overServiceLevel,
  abandoned,
});

test('chats count for the target of their version of the map', async () => {
  const { publish, open } = await start();
  publish(
    {},
    { actionMapId: 'other' },
    { actionMapVersion: 2 },
    { actionMapVersion: 9 },
    { tenantId: 'acme' },
  );
  const chats = await open();
  expect(chats.countsOf('default', 'sales')).toEqual(counts(2, 0, 0));
  expect(chats.countsOf('default', 'service')).toEqual(counts(1, 0, 0));
  expect(chats.countsOf('default', 'nobody')).toEqual(counts(0, 0, 0));
});

test.each<[string, Partial<WebActionMetric>, ChatCounts]>([
  ['taken in time', { millisInPreviousState: 20_000 }, counts(1, 0, 0)],
  ['taken too late', { millisInPreviousState: 20_001 }, counts(1, 1, 0)],
  [
    'taken after an unknown time',
    { previousState: 'accepted', millisInPreviousState: 90_000 },
    counts(1, 0, 0),
  ],
  ['given up', { metric: 'abandoned', millisInPreviousState: 5_000 }, counts(0, 0, 1)],
  ['given up at once', { metric: 'abandoned', millisInPreviousState: 4_999 }, counts(0, 0, 0)],
  [
    'given up after an unknown time',
    { metric: 'abandoned', previousState: null, millisInPreviousState: null },
    counts(0, 0, 1),
  ],
  ['no chat', { metric: 'accepted' }, counts(0, 0, 0)],
])('a chat that was %s', async (_, metric, expected) => {
  const { publish, open } = await start();
  publish(metric);
  expect((await open()).countsOf('default', 'sales')).toEqual(expected);
});

test('a chat leaves the window, and a metric that comes twice counts once', async () => {
  const { clock, publish, open } = await start();
  publish({ metricId: 'same' }, { metricId: 'same' });
  const chats = await open();
  clock.advance(windowMs - 1);
  expect(chats.countsOf('default', 'sales')).toEqual(counts(1, 0, 0));
  clock.advance(250);
  expect(chats.countsOf('default', 'sales')).toEqual(counts(0, 0, 0));
});

test('of more chats than are kept, the newest count', async () => {
  const { publish, open } = await start();
  publish({}, {}, { actionMapId: 'other', metric: 'abandoned', millisInPreviousState: 9_000 });
  expect((await open(2)).countsOf('default', 'sales')).toEqual(counts(1, 0, 1));
});

test('nothing is known until the topic is read to its end', async () => {
  const { clock, log, registry } = await createMapsLog();
  const chats = createChatWindow({
    follower: log.follower(),
    decoder: createDecoder<WebActionMetric>(registry, { metric: (metric) => metric }),
    publishedBy: () => ({ document }),
    now: () => clock.now(),
  });
  expect(chats.countsOf('default', 'sales')).toBeNull();
  expect(chats.health().healthy).toBe(false);
});

test('without action maps there are no targets, and so no chats of them', async () => {
  const { publish, open } = await start(null);
  publish({});
  expect((await open()).countsOf('default', 'sales')).toEqual(counts(0, 0, 0));
});

test('in any order, and however late, the counts are those of a recount', async () => {
  const chat = fc.record({
    metricId: fc.integer({ min: 1, max: 12 }).map((id) => `metric-of-${id}`),
    engaged: fc.boolean(),
    other: fc.boolean(),
    agoMs: fc.integer({ min: 0, max: 2 * windowMs }),
    waitedMs: fc.integer({ min: 0, max: 40_000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(chat, { maxLength: 30, selector: ({ metricId }) => metricId }),
      async (all) => {
        const { clock, publish, open } = await start();
        const now = clock.now();
        publish(
          ...all.map(({ metricId, engaged, other, agoMs, waitedMs }) => ({
            metricId,
            metric: engaged ? 'engaged' : 'abandoned',
            actionMapId: other ? 'other' : 'help',
            occurredAt: now - agoMs,
            millisInPreviousState: waitedMs,
          })),
        );
        const expected = { engaged: 0, overServiceLevel: 0, abandoned: 0 };
        for (const { engaged, agoMs, waitedMs } of all) {
          if (agoMs >= windowMs) continue;
          if (engaged) expected.engaged += 1;
          if (engaged && waitedMs > 20_000) expected.overServiceLevel += 1;
          if (!engaged && waitedMs >= 5_000) expected.abandoned += 1;
        }
        expect((await open()).countsOf('default', 'sales')).toEqual(expected);
      },
    ),
    { numRuns: 50 },
  );
});
