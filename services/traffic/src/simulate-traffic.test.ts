import { expect, test } from '@jest/globals';
import { defaultShares, parseExpectedCounts, simulateTraffic, type Traffic } from './index.ts';

const startAtMs = Date.UTC(2024, 4, 1);

function drain(traffic: Traffic): number {
  let read = 0;
  for (const { key } of traffic.records()) if (key !== undefined) read += 1;
  return read;
}

test('the same options give the same records, another seed gives others', () => {
  const [one, same, other] = [7, 7, 8].map((seed) =>
    Array.from(simulateTraffic({ seed, events: 500, startAtMs }).records()),
  );
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
});

test.each([
  ['the default shares', defaultShares],
  ['large shares', { duplicates: 0.05, overtaking: 0.08, late: 0.08, illegal: 0.1, unreadable: 0.02 }],
])('%s are met', (_, shares) => {
  const events = 60_000;
  const traffic = simulateTraffic({ seed: 3, events, startAtMs, shares });
  expect(drain(traffic)).toBe(events);
  const { kinds } = traffic.expected();
  const near = (kind: string, share: number): void => {
    expect((kinds[kind] ?? 0) / events).toBeGreaterThan(share * 0.85);
    expect((kinds[kind] ?? 0) / events).toBeLessThan(share * 1.15);
  };
  near('duplicate', shares.duplicates);
  near('overtaking', shares.overtaking);
  near('late', shares.late);
  near('illegal', shares.illegal);
  near('unreadable', shares.unreadable);
  expect(kinds['overtaken']).toBe(kinds['overtaking']);
});

test('about a fifth of the offers is accepted and most are ignored, timed out or rejected', () => {
  const traffic = simulateTraffic({ seed: 5, events: 50_000, startAtMs });
  expect(drain(traffic)).toBe(50_000);
  const { metrics, offers } = traffic.expected();
  const accepted = (metrics['accepted'] ?? 0) / (metrics['offered'] ?? 1);
  expect(accepted).toBeGreaterThan(0.15);
  expect(accepted).toBeLessThan(0.3);
  const { ignored = 0, timedout = 0, rejected = 0 } = offers.byStatus;
  expect((ignored + timedout + rejected) / offers.total).toBeGreaterThan(0.5);
});

test('times lie within the simulated span and rise along an action', () => {
  const events = 20_000;
  const eventsPerSecond = 500;
  const last = new Map<string, number>();
  const endAtMs = startAtMs + (events / eventsPerSecond) * 1000;
  let outOfOrder = 0;
  let outside = 0;
  for (const record of simulateTraffic({
    seed: 11,
    events,
    startAtMs,
    eventsPerSecond,
    customers: 4000,
  }).records()) {
    if (record.kind !== 'regular' || record.content.type !== 'event') continue;
    const { actionId, occurredAt, receivedAt } = record.content.event;
    if (occurredAt <= (last.get(actionId) ?? 0)) outOfOrder += 1;
    if (occurredAt < startAtMs - 1000 || occurredAt > endAtMs || receivedAt > endAtMs) outside += 1;
    last.set(actionId, occurredAt);
  }
  expect({ outOfOrder, outside }).toEqual({ outOfOrder: 0, outside: 0 });
});

test('an early event asks to be written together with what it waits for', () => {
  const shares = { overtaking: 0.05, duplicates: 0.3 };
  const records = [...simulateTraffic({ seed: 2, events: 5000, startAtMs, shares }).records()];
  const early = records.flatMap((record, index) => (record.kind === 'overtaking' ? [index] : []));
  expect(early.length).toBeGreaterThan(100);
  let between = 0;
  for (const index of early) {
    const end = records.findIndex((record, at) => at > index && record.kind === 'overtaken');
    const group = records.slice(index, end + 1);
    between += group.length - 2;
    expect(new Set(group.map((record) => record.key)).size).toBe(1);
    expect(group.map((record) => record.withNext)).toEqual(group.map((_, at) => at < group.length - 1));
  }
  // Some are sent twice while they wait.
  expect(between).toBeGreaterThan(0);
});

test('an endless stream can be left at any moment', () => {
  const traffic = simulateTraffic({ seed: 1, events: Infinity, startAtMs });
  const records = traffic.records();
  for (let read = 0; read < 1000; read += 1) records.next();
  expect(traffic.expected().records).toBe(1000);
});

test('options that make no sense are refused', () => {
  const sound = { seed: 1, events: 1, startAtMs };
  expect(() => simulateTraffic({ ...sound, shares: { illegal: 1.5 } })).toThrow(
    'illegal: expected a share from 0 to 1, got 1.5',
  );
  expect(() => simulateTraffic({ ...sound, shares: { illegal: 0.5, duplicates: 0.5 } })).toThrow(
    'the shares add up to',
  );
  expect(() => simulateTraffic({ ...sound, maps: 0 })).toThrow(
    'maps: expected a number greater than 0, got 0',
  );
});

test('expected counts survive JSON, and damaged ones are named', () => {
  const traffic = simulateTraffic({ seed: 4, events: 3000, startAtMs });
  expect(drain(traffic)).toBe(3000);
  const expected = traffic.expected();
  expect(parseExpectedCounts(JSON.stringify(expected))).toEqual(expected);
  expect(() => parseExpectedCounts('{')).toThrow('not JSON');
  expect(() => parseExpectedCounts(JSON.stringify({ ...expected, metrics: { offered: -1 } }))).toThrow(
    'metrics.offered: expected a whole number from 0',
  );
  expect(() => parseExpectedCounts(JSON.stringify({ ...expected, offers: [] }))).toThrow(
    'offers: expected an object',
  );
});

test('all records belong to the tenant that was asked for, in event and key', () => {
  const shares = { illegal: 0.2, unreadable: 0.1 };
  const records = Array.from(
    simulateTraffic({ seed: 2, events: 2_000, startAtMs, tenant: 'acme', shares }).records(),
  );
  const tenants = records.map(({ content }) => (content.type === 'bytes' ? 'acme' : content.event.tenantId));
  expect(new Set(tenants)).toEqual(new Set(['acme']));
  expect(records.filter(({ key }) => key !== null && !key.startsWith('acme/'))).toEqual([]);
});

test('with a clock, events are received when they are made', () => {
  let nowMs = startAtMs;
  const traffic = simulateTraffic({ seed: 2, events: 300, startAtMs: () => nowMs, customers: 10 });
  const ages = Array.from(traffic.records(), ({ kind, content }) => {
    const receivedAt = kind === 'regular' && content.type === 'event' ? content.event.receivedAt : nowMs;
    const ageMs = nowMs - receivedAt;
    nowMs += 166;
    return ageMs;
  });
  expect(new Set(ages)).toEqual(new Set([0]));
});
