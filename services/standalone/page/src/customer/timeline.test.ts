import { expect, test } from '@jest/globals';
import { timelineOf } from './timeline.ts';

test('steps carry the time until the next one', () => {
  const steps = timelineOf({
    visited: [
      { state: 'qualified', at: 1000 },
      { state: 'offered', at: 3500 },
      { state: 'accepted', at: 3400 },
    ],
    locked: null,
  });
  expect(steps.map(({ untilNextMs }) => untilNextMs)).toEqual([2500, -100, null]);
  expect(steps.some(({ locks }) => locks)).toBe(false);
});

test('distances grow with the time and stay within bounds', () => {
  const steps = timelineOf({
    visited: [0, -5, 500, 60_000, 3_600_000, 1e9, 1e12].map((at) => ({ state: 'offered', at })),
    locked: null,
  });
  const distances = steps.map(({ distance }) => distance);
  expect(distances.slice(0, 2)).toEqual([0, 0]);
  expect(distances.slice(0, -1)).toEqual(distances.slice(0, -1).sort((one, other) => one - other));
  expect(distances.at(-2)).toBe(1);
  expect(distances.at(-1)).toBe(0);
});

test('the step that locked the map is marked, and errors keep their message', () => {
  const steps = timelineOf({
    visited: [
      { state: 'offered', at: 1 },
      { state: 'errored', at: 2, error: { code: '00045', message: 'widget blocked' } },
      { state: 'rejected', at: 3 },
    ],
    locked: { state: 'rejected', at: 3 },
  });
  expect(steps.map(({ locks }) => locks)).toEqual([false, false, true]);
  expect(steps[1]?.error).toEqual({ code: '00045', message: 'widget blocked' });
});
