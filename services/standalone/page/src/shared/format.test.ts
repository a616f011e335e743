import { describe, expect, test } from '@jest/globals';
import { createFormat } from './format.ts';

const format = createFormat('en-GB', 'Europe/Berlin');
const noon = Date.UTC(2025, 5, 1, 10, 0, 0);

describe('numbers', () => {
  test('counts keep all digits, and narrow places shorten large ones', () => {
    expect(format.count(12_345_678_901)).toBe('12,345,678,901');
    expect(format.shortCount(99_999, 100_000)).toBe('99,999');
    expect(format.shortCount(1_234_567, 100_000)).toBe('1.23m');
  });

  test('a share never reads as nothing or all unless it is', () => {
    expect(format.share(0)).toBe('0%');
    expect(format.share(0.00001)).toBe('<0.1%');
    expect(format.share(0.1234)).toBe('12.3%');
    expect(format.share(0.99999)).toBe('>99.9%');
    expect(format.share(1)).toBe('100%');
    expect(format.share(null)).toBe('–');
  });

  test('rates lose their decimal when they are large', () => {
    expect(format.rate(7.25)).toBe('7.3');
    expect(format.rate(51_234.5)).toBe('51,235');
  });

  test('sizes have a unit', () => {
    expect(format.bytes(0)).toBe('0 B');
    expect(format.bytes(65_536)).toBe('65.5 kB');
    expect(format.bytes(2_500_000_000)).toBe('2.5 GB');
  });
});

describe('times', () => {
  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1250, '1.2 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_600_000 * 5 + 60_000, '5 h 1 min'],
    [86_400_000 * 3, '3 d'],
    [-1250, '−1.2 s'],
  ])('%d ms last %s', (ms, text) => {
    expect(format.duration(ms)).toBe(text);
  });

  test('name the day only if it is another one for the reader', () => {
    expect(format.time(noon, noon)).toBe('12:00:00');
    expect(format.time(noon - 86_400_000, noon)).toBe('31 May 2025, 12:00:00');
    // Late evening in UTC is the next day in Berlin.
    expect(format.time(Date.UTC(2025, 4, 31, 23), noon)).toBe('01:00:00');
  });

  test('are given in UTC as well', () => {
    expect(format.utc(noon + 5)).toBe('2025-06-01 10:00:00.005 UTC');
  });

  test('that no calendar has are not an error', () => {
    expect(format.time(1e300, noon)).toBe('1e+300');
    expect(format.utc(1e300)).toBe('');
  });

  test.each([
    [-5000, 'now'],
    [500, 'now'],
    [12_900, '12 s ago'],
    [3_599_000, '59 min ago'],
    [86_400_000, '24 h ago'],
    [86_400_000 * 9, '9 d ago'],
  ])('%d ms back is %s', (back, text) => {
    expect(format.ago(noon - back, noon)).toBe(text);
  });
});
