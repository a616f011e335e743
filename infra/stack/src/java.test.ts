import { expect, test } from '@jest/globals';
import { javaMajorOf } from './java.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_401"', 8],
  ['openjdk version "25" 2025-09-16', 25],
  ['command not found', null],
])('%s is Java %s', (printed, major) => {
  expect(javaMajorOf(printed)).toBe(major);
});
