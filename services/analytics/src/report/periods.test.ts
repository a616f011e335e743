import { expect, test } from '@jest/globals';
import { instantOfLocal, knownTimeZone, localTime, periodsOf, zoneClock } from './periods.ts';

const hourMs = 3_600_000;
const at = (text: string) => Date.parse(text);
const local = (zone: string, text: string) => instantOfLocal(zoneClock(zone), at(`${text}Z`));
const day = (zone: string, date: string, next: string) => ({
  from: local(zone, `${date}T00:00:00`),
  to: local(zone, `${next}T00:00:00`),
});

test.each([
  ['Europe/Berlin', '2026-03-29', '2026-03-30', 23],
  ['Europe/Berlin', '2026-10-25', '2026-10-26', 25],
  ['America/New_York', '2026-03-08', '2026-03-09', 23],
  ['America/New_York', '2026-11-01', '2026-11-02', 25],
  ['Asia/Kolkata', '2026-03-29', '2026-03-30', 24],
])('in %s the day %s has its own length', (zone, date, next, hours) => {
  const range = day(zone, date, next);
  expect((range.to - range.from) / hourMs).toBe(hours);
  expect(periodsOf(range, 'day', zoneClock(zone))).toEqual([range]);
  expect(periodsOf(range, 'hour', zoneClock(zone))).toHaveLength(hours);
});

test('an hour that comes twice is two rows, told apart by the offset', () => {
  const clock = zoneClock('Europe/Berlin');
  const periods = periodsOf(day('Europe/Berlin', '2026-10-25', '2026-10-26'), 'hour', clock);
  expect(periods.slice(1, 5).map(({ from }) => localTime(clock, from))).toEqual([
    '2026-10-25T01:00:00+02:00',
    '2026-10-25T02:00:00+02:00',
    '2026-10-25T02:00:00+01:00',
    '2026-10-25T03:00:00+01:00',
  ]);
});

test('clocks that are changed by half an hour give an hour that is one', () => {
  const clock = zoneClock('Australia/Lord_Howe');
  const periods = periodsOf(day('Australia/Lord_Howe', '2026-04-05', '2026-04-06'), 'hour', clock);
  const spans = periods.slice(0, 4).map(({ from, to }) => [localTime(clock, from), (to - from) / hourMs]);
  expect(spans).toEqual([
    ['2026-04-05T00:00:00+11:00', 1],
    ['2026-04-05T01:00:00+11:00', 1],
    ['2026-04-05T01:30:00+10:30', 0.5],
    ['2026-04-05T02:00:00+10:30', 1],
  ]);
});

test('where a date is left out, there is no row for it', () => {
  const clock = zoneClock('Pacific/Apia');
  const periods = periodsOf(day('Pacific/Apia', '2011-12-29', '2012-01-01'), 'day', clock);
  expect(periods.map(({ from }) => localTime(clock, from).slice(0, 10))).toEqual([
    '2011-12-29',
    '2011-12-31',
  ]);
});

test('the first and the last row are cut to the range, and rows follow one another', () => {
  const range = { from: at('2026-06-10T10:20:30.5Z'), to: at('2026-06-12T01:02:03Z') };
  for (const granularity of ['hour', 'day', 'total'] as const) {
    const periods = periodsOf(range, granularity, zoneClock('America/New_York'));
    expect(periods.at(0)?.from).toBe(range.from);
    expect(periods.at(-1)?.to).toBe(range.to);
    for (const [index, { to }] of periods.slice(0, -1).entries()) expect(periods[index + 1]?.from).toBe(to);
  }
});

test.each([
  // An hour that comes twice is meant the first time, one that the clocks leap over is the moment of the leap.
  ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00Z'],
  ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-06-10T12:34:56', '2026-06-10T10:34:56Z'],
  ['America/New_York', '2026-11-01T01:15:00', '2026-11-01T05:15:00Z'],
  ['Asia/Kathmandu', '2026-01-01T00:00:00', '2025-12-31T18:15:00Z'],
  ['Pacific/Kiritimati', '2026-01-01T00:00:00', '2025-12-31T10:00:00Z'],
  ['UTC', '2026-01-01T00:00:00', '2026-01-01T00:00:00Z'],
])('in %s the clocks show %s at %s', (zone, shown, instant) => {
  expect(new Date(local(zone, shown)).toISOString()).toBe(new Date(instant).toISOString());
});

test('only zones of the IANA database are known', () => {
  expect(knownTimeZone('Europe/Berlin')).toBe('Europe/Berlin');
  expect(knownTimeZone('Europe/Atlantis')).toBeNull();
  expect(knownTimeZone('')).toBeNull();
});
