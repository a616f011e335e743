import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { weekdays, type ScheduleGroup } from './action-map.ts';
import { isTimeZone, openingHoursOf } from './schedule.ts';

const everyDay = (from: string, to: string): ScheduleGroup['open'] => [{ days: weekdays, from, to }];

function hoursIn(timeZone: string, open: ScheduleGroup['open'], closed: ScheduleGroup['closed'] = []) {
  return openingHoursOf({ id: 'hours', displayName: 'Hours', timeZone, open, closed });
}

/** The stretches of a day (UTC) in which it is open, as `HH:MM-HH:MM`. */
function stretchesOf(isOpen: (now: number) => boolean, day: string): readonly string[] {
  const start = Date.parse(`${day}T00:00:00Z`);
  const clock = (minute: number): string =>
    minute === 1440 ? '24:00' : new Date(start + minute * 60_000).toISOString().slice(11, 16);
  const stretches: string[] = [];
  let from: number | null = null;
  for (let minute = 0; minute <= 1440; minute += 1) {
    const open = minute < 1440 && isOpen(start + minute * 60_000);
    if (open && from === null) from = minute;
    if (!open && from !== null) {
      stretches.push(`${clock(from)}-${clock(minute)}`);
      from = null;
    }
  }
  return stretches;
}

test.each<[string, string, string, string, string, readonly string[]]>([
  ['the day before the clock goes forward', 'Europe/Berlin', '09:00', '17:00', '2026-03-28', ['08:00-16:00']],
  ['the day it goes forward', 'Europe/Berlin', '09:00', '17:00', '2026-03-29', ['07:00-15:00']],
  ['the hour that is left out', 'Europe/Berlin', '02:00', '03:00', '2026-03-29', []],
  [
    'hours across the one left out',
    'Europe/Berlin',
    '01:30',
    '03:30',
    '2026-03-29',
    ['00:30-01:30', '23:30-24:00'],
  ],
  ['the day it goes back', 'Europe/Berlin', '09:00', '17:00', '2026-10-25', ['08:00-16:00']],
  ['the hour that comes twice', 'Europe/Berlin', '02:00', '03:00', '2026-10-25', ['00:00-02:00']],
  ['its second half, twice', 'Europe/Berlin', '02:30', '03:00', '2026-10-25', ['00:30-01:00', '01:30-02:00']],
  ['New York goes forward', 'America/New_York', '09:00', '17:00', '2026-03-08', ['13:00-21:00']],
  ['New York has not yet', 'America/New_York', '09:00', '17:00', '2026-03-07', ['14:00-22:00']],
  [
    'Lord Howe goes back by half an hour',
    'Australia/Lord_Howe',
    '01:30',
    '02:00',
    '2026-04-04',
    ['14:30-15:30'],
  ],
  ['Kathmandu is 5:45 ahead', 'Asia/Kathmandu', '09:00', '17:00', '2026-05-01', ['03:15-11:15']],
  ['a whole day', 'UTC', '00:00', '24:00', '2026-05-01', ['00:00-24:00']],
])('%s', (_title, timeZone, from, to, day, stretches) => {
  expect(stretchesOf(hoursIn(timeZone, everyDay(from, to)), day)).toEqual(stretches);
});

test('days are those of the time zone', () => {
  const friday = hoursIn('Pacific/Auckland', [{ days: ['friday'], from: '00:00', to: '24:00' }]);
  expect(stretchesOf(friday, '2026-04-30')).toEqual(['12:00-24:00']);
  expect(stretchesOf(friday, '2026-05-01')).toEqual(['00:00-12:00']);
});

test('hours over midnight are two entries', () => {
  const night = hoursIn('UTC', [
    { days: ['friday'], from: '22:00', to: '24:00' },
    { days: ['saturday'], from: '00:00', to: '06:00' },
  ]);
  expect(stretchesOf(night, '2026-05-01')).toEqual(['22:00-24:00']);
  expect(stretchesOf(night, '2026-05-02')).toEqual(['00:00-06:00']);
});

test('closed days are whole days of the time zone, both ends inclusive', () => {
  const closed = hoursIn('Europe/Berlin', everyDay('00:00', '24:00'), [
    { from: '2026-12-24', to: '2026-12-26' },
  ]);
  expect(stretchesOf(closed, '2026-12-23')).toEqual(['00:00-23:00']);
  expect(stretchesOf(closed, '2026-12-25')).toEqual([]);
  expect(stretchesOf(closed, '2026-12-26')).toEqual(['23:00-24:00']);
});

test('an answer does not depend on what was asked before', () => {
  const open = everyDay('09:00', '17:00');
  const asked = hoursIn('Europe/Berlin', open);
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
      expect(asked(date.getTime())).toBe(hoursIn('Europe/Berlin', open)(date.getTime()));
    }),
    { numRuns: 200 },
  );
});

test('names of time zones are told from offsets and inventions', () => {
  expect(['Europe/Berlin', 'UTC', 'Asia/Kolkata'].filter(isTimeZone)).toEqual([
    'Europe/Berlin',
    'UTC',
    'Asia/Kolkata',
  ]);
  expect(['+02:00', 'Europe/Nowhere', '', 'CET plus one'].filter(isTimeZone)).toEqual([]);
});
