import { expect, test } from '@jest/globals';
import { parseReportRequest } from './report-request.ts';

const range = { from: '2026-10-24', to: '2026-10-27' };
const parse = (given: Readonly<Record<string, unknown>>) => parseReportRequest(given, 'default');

test('a range alone is a report by day in UTC, by the time of the event', () => {
  expect(parse(range)).toMatchObject({
    outcome: 'parsed',
    request: {
      range: { from: Date.UTC(2026, 9, 24), to: Date.UTC(2026, 9, 27) },
      granularity: 'day',
      timeZone: 'UTC',
      query: {
        tenantId: 'default',
        timeAxis: 'event',
        by: [],
        actionMapIds: null,
        versions: null,
        mediaTypes: null,
      },
    },
  });
});

test('dates are read from the clocks of the zone; times with an offset are not', () => {
  const parsed = parse({ from: '2026-10-25', to: '2026-10-26T00:00:00Z', timeZone: 'Europe/Berlin' });
  expect(parsed).toMatchObject({
    request: { range: { from: Date.UTC(2026, 9, 24, 22), to: Date.UTC(2026, 9, 26) } },
  });
});

test('lists come separated by commas or one by one', () => {
  const lists = {
    actionMapId: ['a,b', 'c'],
    actionMapVersion: '1,2',
    mediaType: 'webchat',
    by: 'actionMap,version',
  };
  expect(parse({ ...range, ...lists })).toMatchObject({
    request: {
      query: {
        actionMapIds: ['a', 'b', 'c'],
        versions: [1, 2],
        mediaTypes: ['webchat'],
        by: ['actionMap', 'version'],
      },
    },
  });
});

test.each([
  [{ to: '2026-10-27' }, 'from', /got nothing/],
  [{ ...range, from: '2026-02-30' }, 'from', /a date or time/],
  [{ ...range, from: '1999-12-31' }, 'from', /from the year 2000 on/],
  [{ ...range, from: '24.10.2026' }, 'from', /such as 2026-10-25/],
  [{ ...range, from: ['2026-10-24', '2026-10-25'] }, 'from', /only one value/],
  [{ from: '2026-10-27', to: '2026-10-24' }, 'to', /after `from`/],
  [{ from: '2026-10-24', to: '2026-10-24' }, 'to', /after `from`/],
  [{ from: '2001-01-01', to: '2026-01-01' }, 'to', /at most 10 years/],
  [{ from: '2020-01-01', to: '2026-01-01', granularity: 'hour' }, 'granularity', /at most 10000 rows/],
  [{ ...range, granularity: 'minute' }, 'granularity', /one of hour, day, total, got "minute"/],
  [{ ...range, timeZone: 'Europe/Atlantis' }, 'timeZone', /IANA time zone.*"Europe\/Atlantis"/],
  [{ ...range, timeAxis: 'arrival' }, 'timeAxis', /one of event, processing/],
  [{ ...range, by: 'customer' }, 'by', /some of actionMap, version, mediaType/],
  [{ ...range, actionMapVersion: '1,x' }, 'actionMapVersion', /whole numbers from 1/],
  [{ ...range, mediaType: 'webchat,' }, 'mediaType', /none of them empty/],
  [{ ...range, zone: 'UTC' }, 'zone', /one of the parameters from, to/],
])('%j: %s is named with what was expected', (given, parameter, expected) => {
  const parsed = parse(given);
  if (parsed.outcome !== 'invalid') throw new Error('expected it to be invalid');
  expect(parsed.problems).toContainEqual({ parameter, expected: expect.stringMatching(expected) });
});

test('all problems are told at once', () => {
  const parsed = parse({ from: 'x', to: 'y', granularity: 'z' });
  expect(parsed.outcome === 'invalid' && parsed.problems.map(({ parameter }) => parameter)).toEqual([
    'from',
    'to',
    'granularity',
  ]);
});
