import { expect, test } from '@jest/globals';
import { textOf } from './log.ts';

const time = new Date(2026, 4, 1, 12, 30, 5).getTime();

test.each([
  [{ level: 30, time, msg: 'ready' }, '12:30:05 info  ready\n'],
  [
    { level: 40, time, partition: 3, reason: 'a b', msg: 'dead letters' },
    '12:30:05 warn  dead letters  partition=3 reason="a b"\n',
  ],
  [
    { level: 50, time, msg: 'failed', err: { message: 'disk full', stack: 'Error: disk full\n  at x' } },
    '12:30:05 error failed: disk full\n',
  ],
  [
    { level: 60, time, msg: 'cannot go on', err: { message: 'oh', stack: 'Error: oh\n  at x' } },
    '12:30:05 fatal cannot go on: Error: oh\n  at x\n',
  ],
])('a line for a person: %j', (line, expected) => {
  expect(textOf(JSON.stringify(line))).toBe(expected);
});
