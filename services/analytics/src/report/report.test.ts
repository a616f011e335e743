import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { fold, lifecyclesWith, type OfferState } from '@offerlock/lifecycle';
import { simulateTraffic } from '@offerlock/traffic';
import { openDuckDbReportStore } from '../duckdb/duckdb-report-store.ts';
import type { ReportStore, StoredBlockedOffer, StoredMetric } from '../ports.ts';
import { batch, blockedOffer, metric, noon } from '../test-rows.ts';
import { countAgain, grouped, shownBy } from '../test-truth.ts';
import { actionMapsReport, blockedReport } from './report.ts';
import { parseReportRequest } from './report-request.ts';

const hourMs = 3_600_000;
const opened: ReportStore[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

async function openStore(): Promise<ReportStore> {
  const store = await openDuckDbReportStore({ path: ':memory:' });
  opened.push(store);
  return store;
}

function request(given: Readonly<Record<string, unknown>>) {
  const parsed = parseReportRequest(given, 'default');
  if (parsed.outcome === 'invalid') throw new Error(JSON.stringify(parsed.problems));
  return parsed.request;
}

test('periods without anything have a row of zeros, and no share is made by dividing by zero', async () => {
  const store = await openStore();
  await store.append(batch([metric()]));
  const { rows } = await actionMapsReport(store, request({ from: '2026-06-09', to: '2026-06-12' }), noon);
  expect(rows.map(({ from, offered, partial }) => [from, offered, partial])).toEqual([
    ['2026-06-09T00:00:00+00:00', 0, false],
    ['2026-06-10T00:00:00+00:00', 1, true],
    ['2026-06-11T00:00:00+00:00', 0, true],
  ]);
  expect(rows[0]).toMatchObject({
    offeredShare: null,
    acceptedShare: null,
    customers: 0,
    timeToAccept: { p50: null },
  });
  expect(rows[1]).toMatchObject({ offeredShare: null, acceptedShare: 0, engagedShare: null });
});

test('every group has a row in every period, also one that was only blocked', async () => {
  const store = await openStore();
  await store.append(
    batch(
      [metric({ actionMapId: 'a' })],
      [blockedOffer({ actionMapId: 'b', occurredAt: noon + 24 * hourMs })],
    ),
  );
  const wanted = request({ from: '2026-06-10', to: '2026-06-12', by: 'actionMap' });
  const { rows } = await actionMapsReport(store, wanted, noon);
  expect(rows.map(({ actionMapId, offered, blocked }) => [actionMapId, offered, blocked])).toEqual([
    ['a', 1, 0],
    ['b', 0, 0],
    ['a', 0, 0],
    ['b', 0, 1],
  ]);
});

test('a late metric changes the hour in which it happened, and is seen as late', async () => {
  const store = await openStore();
  await store.append(
    batch([metric({ processedAt: noon + 5 * hourMs }), metric({ processedAt: noon + hourMs })]),
  );
  const range = { from: '2026-06-10T10:00', to: '2026-06-10T16:00', granularity: 'hour' };
  const byEvent = await actionMapsReport(store, request(range), noon);
  expect(byEvent.rows.map(({ offered, late }) => [offered, late])).toEqual([
    [2, 1],
    ...Array.from({ length: 5 }, () => [0, 0]),
  ]);
  const byProcessing = await actionMapsReport(store, request({ ...range, timeAxis: 'processing' }), noon);
  expect(byProcessing.rows.map(({ offered }) => offered)).toEqual([0, 1, 0, 0, 0, 1]);
});

test('blocked offers are counted by reason: distinct sessions, and every attempt', async () => {
  const store = await openStore();
  const blocked = [
    ...Array.from({ length: 30 }, () => blockedOffer({ reason: 'FrequencyCap' })),
    blockedOffer({ reason: 'FrequencyCap', sessionId: 'session-2' }),
    blockedOffer({ reason: 'TerminalState' }),
  ];
  await store.append(batch([], blocked));
  const { rows } = await blockedReport(store, request({ from: '2026-06-10', to: '2026-06-11' }), noon);
  expect(rows.map(({ reason, sessions, count }) => [reason, sessions, count])).toEqual([
    ['FrequencyCap', 2, 31],
    ['TerminalState', 1, 1],
  ]);
});

test('filters leave only what they name', async () => {
  const store = await openStore();
  await store.append(
    batch([
      metric(),
      metric({ actionMapId: 'b' }),
      metric({ actionMapVersion: 2 }),
      metric({ actionMediaType: 'openAction' }),
    ]),
  );
  const offered = async (filter: Readonly<Record<string, string>>) => {
    const wanted = request({ from: '2026-06-10', to: '2026-06-11', ...filter });
    return (await actionMapsReport(store, wanted, noon)).rows[0]?.offered;
  };
  expect(await offered({})).toBe(4);
  expect(await offered({ actionMapId: 'b' })).toBe(1);
  expect(await offered({ actionMapId: 'b,map-1' })).toBe(4);
  expect(await offered({ actionMapVersion: '2' })).toBe(1);
  expect(await offered({ mediaType: 'openAction' })).toBe(1);
  expect(await offered({ actionMapId: 'unknown' })).toBe(0);
});

/** Simulated traffic around a change of the clocks, folded to its metrics, and some blocked offers beside it. */
function trafficAround(startAtMs: number, seed: number) {
  const options = { lifecycles: lifecyclesWith(), extendedMetrics: true, earlyGraceMs: hourMs };
  const states = new Map<string, OfferState>();
  const metrics: StoredMetric[] = [];
  const blocked: StoredBlockedOffer[] = [];
  const traffic = simulateTraffic({
    seed,
    events: 3_000,
    startAtMs,
    eventsPerSecond: 0.0125,
    customers: 150,
    maps: 3,
  });
  let offset = -1n;
  for (const { content, outcome } of traffic.records()) {
    offset += 1n;
    if (content.type !== 'event' || outcome === 'INVALID_FIELD') continue;
    const { event } = content;
    const place = `${event.tenantId}/${event.customerId}/${event.actionMapId}`;
    const folded = fold(options, states.get(place) ?? null, { event, offset });
    if (folded.outcome === 'applied' || folded.outcome === 'early') states.set(place, folded.state);
    if (folded.outcome !== 'applied' && folded.outcome !== 'untracked') continue;
    for (const { source, metric: name, ...times } of folded.metrics) {
      const { event: of } = source;
      const { actionMapId, actionMapVersion, actionMediaType, customerId, sessionId, actionId, occurredAt } =
        of;
      const given = {
        actionMapId,
        actionMapVersion,
        actionMediaType,
        customerId,
        sessionId,
        actionId,
        occurredAt,
      };
      // Some are processed hours later, as after an outage.
      const processedAt = occurredAt + (metrics.length % 50 === 0 ? 3 * hourMs : 80);
      const { millisSinceOffered } = times;
      const one = metric({ ...given, metricId: randomUUID(), metric: name, millisSinceOffered, processedAt });
      metrics.push({ partition: 0, offset: BigInt(metrics.length), metric: one });
    }
    if (offset % 4n !== 0n) continue;
    const { actionMapId, actionMapVersion, actionMediaType, sessionId, occurredAt } = event;
    const one = blockedOffer({ actionMapId, actionMapVersion, actionMediaType, sessionId, occurredAt });
    blocked.push({
      partition: 0,
      offset: BigInt(blocked.length),
      loggedAt: occurredAt + 70,
      blockedOffer: one,
    });
  }
  return { metrics, blocked };
}

test.each([
  ['Europe/Berlin', '2026-03-28', '2026-03-31'],
  ['Europe/Berlin', '2026-10-24', '2026-10-27'],
  ['America/New_York', '2026-03-07', '2026-03-10'],
  ['America/New_York', '2026-10-31', '2026-11-03'],
  ['Asia/Kolkata', '2026-03-28', '2026-03-31'],
  ['Asia/Kolkata', '2026-10-24', '2026-10-27'],
])('in %s from %s every cell is what counting one by one gives', async (timeZone, from, to) => {
  const store = await openStore();
  const { metrics, blocked } = trafficAround(Date.parse(`${from}T00:00:00Z`), 7);
  expect(metrics.length).toBeGreaterThan(1_500);
  await store.append({
    metrics,
    blockedOffers: blocked,
    nextOffsets: {
      metrics: new Map([[0, BigInt(metrics.length)]]),
      blockedOffers: new Map([[0, BigInt(blocked.length)]]),
    },
  });
  const wide = { from: `${from}T00:00:00Z`, to: `${to}T12:00:00Z`, timeZone };
  const begin = Date.parse(wide.from);
  const end = Date.parse(wide.to);
  for (const timeAxis of ['event', 'processing']) {
    for (const granularity of ['hour', 'day'] as const) {
      const { rows } = await actionMapsReport(
        store,
        request({ ...wide, timeAxis, granularity, by: 'actionMap' }),
        noon,
      );
      const key = shownBy(timeZone, granularity);
      const timeOf = ({ metric: one }: StoredMetric) =>
        timeAxis === 'event' ? one.occurredAt : one.processedAt;
      const blockedTimeOf = (one: StoredBlockedOffer) =>
        timeAxis === 'event' ? one.blockedOffer.occurredAt : one.loggedAt;
      const within = (time: number) => time >= begin && time < end;
      const ours = grouped(
        metrics.filter((one) => within(timeOf(one))),
        (one) => `${key(timeOf(one))} ${one.metric.actionMapId}`,
      );
      const held = grouped(
        blocked.filter((one) => within(blockedTimeOf(one))),
        (one) => `${key(blockedTimeOf(one))} ${one.blockedOffer.actionMapId}`,
      );
      const seen = new Set<string>();
      for (const {
        from: rowFrom,
        to: _to,
        partial: _partial,
        actionMapId,
        actionMapVersion: _v,
        mediaType: _m,
        ...cells
      } of rows) {
        const place = `${key(Date.parse(rowFrom))} ${actionMapId}`;
        seen.add(place);
        expect([place, cells]).toEqual([place, countAgain(ours.get(place) ?? [], held.get(place) ?? [])]);
      }
      expect([...ours.keys(), ...held.keys()].filter((place) => !seen.has(place))).toEqual([]);
      expect(seen.size).toBe(rows.length);
    }
  }
});
