import { expect, test } from '@jest/globals';
import { runsOf } from './requests.ts';

const bounds = { recordsMax: 3, bytesMax: 1_000 };

function recordOf(valueBytes: number, key = 'k') {
  return { key, value: Buffer.alloc(valueBytes) };
}

const lengthsOf = (values: readonly number[]) =>
  runsOf(
    values.map((bytes) => recordOf(bytes)),
    bounds,
  ).map((run) => run.map(({ value }) => value.length));

test('no records are no requests', () => {
  expect(lengthsOf([])).toEqual([]);
});

test('a run holds as many records as allowed, in order', () => {
  expect(lengthsOf([1, 2, 3, 4])).toEqual([[1, 2, 3], [4]]);
});

test('a run holds as many bytes as allowed', () => {
  expect(lengthsOf([400, 400, 400])).toEqual([[400, 400], [400]]);
});

test('a record that is larger than a run goes alone', () => {
  expect(lengthsOf([1, 5_000, 2])).toEqual([[1], [5_000], [2]]);
});

test('keys and headers take bytes too', () => {
  const records = [{ ...recordOf(1), headers: { reason: Buffer.alloc(900) } }, recordOf(1, 'k'.repeat(300))];
  expect(runsOf(records, bounds)).toHaveLength(2);
});
