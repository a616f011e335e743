import { expect, test } from '@jest/globals';
import { markFromText, markToText, nextMark } from './mark.ts';

const nowMs = 1_767_225_600_000;

test('the first epoch is the time, and trust begins with it', () => {
  expect(nextMark(null, nowMs)).toEqual({ epoch: nowMs, trustedEpoch: nowMs });
});

test('a later epoch follows the time, and trust stays', () => {
  expect(nextMark({ epoch: nowMs, trustedEpoch: 7 }, nowMs + 5_000)).toEqual({
    epoch: nowMs + 5_000,
    trustedEpoch: 7,
  });
});

test('a clock that goes back does not take the epoch back', () => {
  expect(nextMark({ epoch: nowMs, trustedEpoch: 7 }, nowMs - 5_000).epoch).toBe(nowMs + 1);
});

test('a mark survives as text', () => {
  const mark = { epoch: nowMs, trustedEpoch: nowMs - 1 };
  expect(markFromText(markToText(mark))).toEqual(mark);
});

test.each([null, '', 'offerlock:1:12', 'offerlock:2:12:12', 'offerlock:1:XY:12', 'offerlock:1:12:12 '])(
  'the metadata %p is not ours',
  (text) => {
    expect(markFromText(text)).toBeNull();
  },
);
