import { expect, test } from '@jest/globals';
import { afterFailures } from './backoff.ts';

test('waits double up to a limit, and after a while the server counts as stopped', () => {
  const after = [1, 2, 3, 4, 5, 9, 1000].map((failures) => afterFailures(failures, 1));
  expect(after.map(({ waitMs }) => waitMs)).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  expect(after.map(({ status }) => status)).toEqual([
    'reconnecting',
    'reconnecting',
    'reconnecting',
    'stopped',
    'stopped',
    'stopped',
    'stopped',
  ]);
});

test('waits are spread', () => {
  expect(afterFailures(3, 0).waitMs).toBe(1600);
});
