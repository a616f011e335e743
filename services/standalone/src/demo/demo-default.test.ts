import { expect, test } from '@jest/globals';
import { createCounters } from '../counters/counters.ts';
import { createTestTable } from '../counters/test-table.ts';
import type { TopicView } from '../ports.ts';
import { holdsOnlyDemo } from './demo-default.ts';

test.each<
  [title: string, counted: readonly string[], others: boolean, keys: readonly string[], only: boolean]
>([
  ['nothing', [], false, [], true],
  ['what simulated visitors did', ['demo'], false, ['demo/ann', 'demo/bob'], true],
  ['records that nobody can read', ['demo', ''], false, ['demo/ann'], true],
  ['events of a site', ['demo', 'acme'], true, ['demo/ann'], false],
  ['events of a site that are not counted yet', ['demo'], false, ['demo/ann', 'acme/ann'], false],
  ['data of another installation, which nobody has counted', [], true, [], false],
  ['the same, with simulated visitors beside it', ['demo'], true, ['demo/ann'], false],
])('%s', (_title, counted, others, keys, only) => {
  const { table, transaction } = createTestTable();
  for (const tenant of counted) transaction.put(table, `total/${tenant}`, Buffer.from('{}'));
  const counters = createCounters({ table, now: () => 0 });
  const records = keys.map((key, at) => ({
    offset: BigInt(at),
    key: Buffer.from(key),
    value: null,
    headers: {},
    timestampMs: 0,
  }));
  const topic: TopicView = {
    bounds: () => ({ startOffset: 0n, endOffset: BigInt(records.length) }),
    latest: (_partition, count) => records.slice(-count),
  };
  const log = { partitions: 1, events: topic, deadLetters: topic };
  const customers = { customersStartingWith: () => [], hasTenantsBeside: () => others, offerCount: 9 };

  expect(holdsOnlyDemo({ counters, log, customers })).toBe(only);
});
