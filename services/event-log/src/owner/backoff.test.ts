import { expect, test } from '@jest/globals';
import { backoffMs } from './backoff.ts';

const options = { minMs: 200, maxMs: 5_000 };

test('waits double from the least to the most', () => {
  const waits = [1, 2, 3, 4, 5, 6, 100].map((failures) => backoffMs(failures, options, () => 1));
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});

test('half of a wait is left to chance', () => {
  expect(backoffMs(1, options, () => 0)).toBe(100);
});
