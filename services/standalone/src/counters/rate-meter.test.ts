import { expect, test } from '@jest/globals';
import { createRateMeter } from './rate-meter.ts';

test('the rate is that of the last whole seconds', () => {
  let nowMs = 1_000_000;
  const meter = createRateMeter(() => nowMs, 5);
  for (let second = 0; second < 5; second += 1) {
    meter.add(20);
    nowMs += 1_000;
  }
  meter.add(1_000);
  expect(meter.perSecond()).toBe(20);
  nowMs += 6_000;
  expect(meter.perSecond()).toBe(0);
});

test('at the beginning the rate is that of the time so far', () => {
  let nowMs = 1_000_000;
  const meter = createRateMeter(() => nowMs);
  expect(meter.perSecond()).toBe(0);
  meter.add(12);
  nowMs += 2_000;
  expect(meter.perSecond()).toBe(6);
});
