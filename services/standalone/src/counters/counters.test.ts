import { expect, test } from '@jest/globals';
import type { Tally } from '@offerlock/projector';
import { bucketMs, bucketsKept, createCounters, otherTenants } from './counters.ts';
import { createTestTable } from './test-table.ts';

const beginMs = Date.UTC(2026, 4, 1);
const now = (): number => beginMs;

test('tallies add up by tenant, and another process reads them at once', () => {
  const { table, transaction } = createTestTable();
  const counters = createCounters({ table, now });
  counters.add(transaction, new Map([['acme', tallyOf({ offered: 2 }, 'offered>accepted')]]));
  counters.add(
    transaction,
    new Map([
      ['acme', tallyOf({ offered: 1, accepted: 1 }, 'offered>accepted')],
      ['shop', tallyOf({ engaged: 1 }, 'started>engaged')],
    ]),
  );

  const again = createCounters({ table, now });
  expect(again.tenants()).toEqual({
    acme: {
      outcomes: { applied: 4, refused: 2 },
      deadLetters: { TERMINAL_LOCKED: 2 },
      metrics: { offered: 3, accepted: 1 },
      steps: { webchat: { 'offered>accepted': 2 } },
    },
    shop: {
      outcomes: { applied: 1, refused: 1 },
      deadLetters: { TERMINAL_LOCKED: 1 },
      metrics: { engaged: 1 },
      steps: { webchat: { 'started>engaged': 1 } },
    },
  });
});

test('counting begins once in each partition, also after a failed transaction', () => {
  const { table, transaction } = createTestTable();
  const counters = createCounters({ table, now });
  expect(counters.countedFrom(0)).toBeNull();
  const failing = { ...transaction, put: () => {} };
  counters.begin(failing, 0, 40n);
  expect(counters.countedFrom(0)).toBeNull();
  counters.begin(transaction, 0, 40n);
  counters.begin(transaction, 0, 60n);
  counters.begin(transaction, 1, 7n);
  const again = createCounters({ table, now });
  again.begin(transaction, 0, 80n);
  expect([again.countedFrom(0), again.countedFrom(1)]).toEqual([40n, 7n]);
});

test('tenants may have the names of members of Object', () => {
  const { table, transaction } = createTestTable();
  const counters = createCounters({ table, now });
  const names = ['__proto__', 'constructor', 'toString'];
  counters.add(transaction, new Map(names.map((name) => [name, tallyOf({ offered: 1 })])));

  expect(Object.keys(counters.tenants()).sort()).toEqual([...names].sort());
  expect(Object.keys(counters.series().tenants).sort()).toEqual([...names].sort());
});

test('tenants beyond the bound are counted together, those known before stay apart', () => {
  const { table, transaction } = createTestTable();
  const add = (tenant: string): void =>
    createCounters({ table, now, tenantsMax: 2 }).add(
      transaction,
      new Map([[tenant, tallyOf({ offered: 1 })]]),
    );
  for (const tenant of ['a', 'b', 'c', 'd', 'a']) add(tenant);

  const { tenants } = createCounters({ table, now });
  expect(Object.entries(tenants()).map(([tenant, { metrics }]) => [tenant, metrics['offered']])).toEqual([
    [otherTenants, 2],
    ['a', 2],
    ['b', 1],
  ]);
});

test('metrics lie in the bucket of their commit, for an hour', () => {
  const { table, transaction } = createTestTable();
  let nowMs = beginMs;
  const counters = createCounters({ table, now: () => nowMs });
  const add = (): void => counters.add(transaction, new Map([['acme', tallyOf({ offered: 1 })]]));
  add();
  nowMs += bucketMs - 1;
  add();
  nowMs += 1;
  add();

  const { fromMs, tenants } = counters.series();
  const offered = tenants['acme']?.['offered'] ?? [];
  expect(fromMs + bucketsKept * bucketMs).toBe(nowMs + bucketMs);
  expect(offered).toHaveLength(bucketsKept);
  expect(offered.slice(-3)).toEqual([0, 2, 1]);

  nowMs += (bucketsKept - 1) * bucketMs;
  expect(counters.series().tenants['acme']?.['offered']?.slice(0, 2)).toEqual([1, 0]);
  nowMs += bucketMs;
  expect(counters.series().tenants).toEqual({});
});

test('buckets older than an hour are removed', () => {
  const { table, transaction } = createTestTable();
  let nowMs = beginMs;
  const counters = createCounters({ table, now: () => nowMs });
  for (let bucket = 0; bucket < bucketsKept + 50; bucket += 1) {
    counters.add(transaction, new Map([['acme', tallyOf({ offered: 1 })]]));
    nowMs += bucketMs;
  }
  expect([...table.entries('bucket/')]).toHaveLength(bucketsKept);
});

function tallyOf(metrics: Readonly<Record<string, number>>, ...steps: readonly string[]): Tally {
  const applied = Object.values(metrics).reduce((sum, count) => sum + count, 0);
  return {
    outcomes: new Map([
      ['applied', applied],
      ['refused', 1],
    ]),
    deadLetters: new Map([['TERMINAL_LOCKED', { count: 1, first: { offset: 0n, key: null, detail: '' } }]]),
    settled: new Map(),
    metrics: new Map(Object.entries(metrics)),
    timers: new Map(),
    steps: new Map([['webchat', new Map(steps.map((edge) => [edge, 1]))]]),
  };
}
