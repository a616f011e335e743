import { describe, expect, test } from '@jest/globals';
import type { Series } from '@offerlock/standalone';
import { chartDataOf, tableOf } from './chart-data.ts';

function zeros(length: number): number[] {
  return Array.from<number>({ length }).fill(0);
}

/** An hour in buckets of 10 s, with traffic in the last ones. */
function hourOf(latest: readonly number[]): Series {
  const offered = [...zeros(360 - latest.length), ...latest];
  return { bucketMs: 10_000, fromMs: 1_000_000, tenants: { shop: { offered } } };
}

describe('lines of the chart', () => {
  const series: Series = {
    bucketMs: 10_000,
    fromMs: 1_000_000,
    tenants: { shop: { offered: [1, 2, 3], accepted: [0, 1, 9] }, demo: { offered: [10, 0, 5] } },
  };

  test('add up the tenants and leave the filling bucket out', () => {
    expect(chartDataOf(series, null, ['accepted', 'offered', 'engaged'])).toEqual({
      times: [1000, 1010],
      values: [
        [0, 1],
        [11, 2],
        [0, 0],
      ],
    });
  });

  test('show one tenant alone', () => {
    expect(chartDataOf(series, 'demo', ['offered']).values).toEqual([[10, 0]]);
    expect(chartDataOf(series, 'nobody', ['offered'])).toEqual({ times: [], values: [[]] });
  });

  test('begin shortly before the first event, but never later than five minutes ago', () => {
    expect(chartDataOf(hourOf([1, 2, 3]), null, ['offered']).times).toHaveLength(30);
    expect(chartDataOf(hourOf(zeros(100).fill(1)), null, ['offered']).times).toHaveLength(100);
    expect(chartDataOf(hourOf(zeros(360).fill(1)), null, ['offered']).times).toHaveLength(359);
    expect(chartDataOf(hourOf([]), null, ['offered']).times).toHaveLength(30);
  });

  test('of a server that has nothing yet are empty', () => {
    expect(chartDataOf({ bucketMs: 10_000, fromMs: 0, tenants: {} }, null, ['offered'])).toEqual({
      times: [],
      values: [[]],
    });
  });
});

test('the table has the same sums, newest first', () => {
  const data = chartDataOf(hourOf(zeros(101).fill(1)), null, ['offered']);
  const rows = tableOf(data, 30);
  expect(rows.map(({ sums }) => sums[0])).toEqual([30, 30, 30, 10]);
  expect(rows[0]?.time).toBe(data.times[71]);
  expect(rows[3]?.time).toBe(data.times[0]);
});
