import {
  granularities,
  reportDimensions,
  type Granularity,
  type Period,
  type ReportDimension,
  type ReportQuery,
  type TimeAxis,
} from '../ports.ts';
import { instantOfLocal, knownTimeZone, periodsOf, zoneClock, type ZoneClock } from './periods.ts';

/** A report as somebody asked for it. */
export interface ReportRequest {
  readonly query: ReportQuery;
  readonly range: Period;
  readonly granularity: Granularity;
  readonly timeZone: string;
  readonly clock: ZoneClock;
}

/** What is wrong with a parameter, for whoever sent it. */
export interface ParameterProblem {
  readonly parameter: string;
  readonly expected: string;
}

export type ParsedRequest =
  | { readonly outcome: 'parsed'; readonly request: ReportRequest }
  | { readonly outcome: 'invalid'; readonly problems: readonly ParameterProblem[] };

/** Rows of time in one report. */
export const periodsMax = 10_000;
const yearsMaxMs = 10 * 366 * 86_400_000;
const earliest = Date.UTC(2000, 0, 1);
const listMax = 100;

const parameters = [
  'from',
  'to',
  'granularity',
  'timeZone',
  'timeAxis',
  'by',
  'actionMapId',
  'actionMapVersion',
  'mediaType',
  'tenantId',
] as const;

const isVersion = (text: string) => /^\d{1,9}$/.test(text) && Number(text) > 0;

/**
 * Reads the parameters of a report. Times without offset are read from the clocks of the time zone; a date alone is its
 * first moment. Lists are separated by commas or given several times.
 */
export function parseReportRequest(
  given: Readonly<Record<string, unknown>>,
  tenantId: string,
): ParsedRequest {
  const problems: ParameterProblem[] = [];
  const wrong = (parameter: string, expected: string): void => {
    problems.push({ parameter, expected });
  };
  for (const name of Object.keys(given)) {
    if (!(parameters as readonly string[]).includes(name))
      wrong(name, `one of the parameters ${parameters.join(', ')}`);
  }
  const single = (name: string, fallback: string): string => {
    const value = given[name] ?? fallback;
    if (typeof value === 'string') return value;
    wrong(name, 'only one value');
    return fallback;
  };
  const oneOf = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
    const value = single(name, fallback);
    const found = allowed.find((one) => one === value);
    if (found === undefined) wrong(name, `one of ${allowed.join(', ')}, got ${JSON.stringify(value)}`);
    return found ?? fallback;
  };
  const listOf = (name: string): readonly string[] | null => {
    if (given[name] === undefined) return null;
    const values = [given[name]]
      .flat()
      .flatMap((value) => (typeof value === 'string' ? value.split(',') : ['']));
    if (values.some((value) => value === '') || values.length > listMax) {
      wrong(name, `1 to ${listMax} values separated by commas, none of them empty`);
    }
    return values;
  };

  const zoneName = single('timeZone', 'UTC');
  const timeZone = knownTimeZone(zoneName);
  if (timeZone === null) {
    wrong('timeZone', `the name of an IANA time zone such as Europe/Berlin, got ${JSON.stringify(zoneName)}`);
  }
  const clock = zoneClock(timeZone ?? 'UTC');
  const instant = (name: string): number | null => {
    const text = single(name, '');
    const found = instantOf(text, clock);
    if (found === null || found < earliest) {
      const got = text === '' ? 'nothing' : JSON.stringify(text);
      wrong(
        name,
        `a date or time from the year 2000 on, such as 2026-10-25 or 2026-10-25T09:00:00Z, got ${got}`,
      );
      return null;
    }
    return found;
  };
  const from = instant('from');
  const to = instant('to');
  const granularity = oneOf('granularity', granularities, 'day');
  const timeAxis: TimeAxis = oneOf('timeAxis', ['event', 'processing'], 'event');
  const by = (listOf('by') ?? []).flatMap((name): ReportDimension[] => {
    const found = reportDimensions.find((dimension) => dimension === name);
    if (found !== undefined) return [found];
    wrong('by', `some of ${reportDimensions.join(', ')}, separated by commas, got ${JSON.stringify(name)}`);
    return [];
  });
  const actionMapIds = listOf('actionMapId');
  const mediaTypes = listOf('mediaType');
  const versions = listOf('actionMapVersion');
  if (versions !== null && !versions.every(isVersion)) wrong('actionMapVersion', 'whole numbers from 1');

  let periods: readonly Period[] = [];
  if (from !== null && to !== null) {
    if (to <= from) wrong('to', 'a time after `from`');
    else if (to - from > yearsMaxMs) wrong('to', 'at most 10 years after `from`');
    else if (granularity === 'hour' && to - from > periodsMax * 3_600_000) {
      wrong('granularity', `at most ${periodsMax} rows of time: ask for days, or for a shorter range`);
    } else periods = periodsOf({ from, to }, granularity, clock);
  }
  if (problems.length > 0 || from === null || to === null || timeZone === null)
    return { outcome: 'invalid', problems };
  const query: ReportQuery = {
    tenantId,
    periods,
    timeAxis,
    by: [...new Set(by)],
    actionMapIds,
    versions: versions?.map(Number) ?? null,
    mediaTypes,
  };
  return { outcome: 'parsed', request: { query, range: { from, to }, granularity, timeZone, clock } };
}

const dateOrTime = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

function instantOf(text: string, clock: ZoneClock): number | null {
  const match = dateOrTime.exec(text);
  if (match === null) return null;
  const [, date = '', time = '00:00', seconds = '00', fraction = '', offset] = match;
  const local = Date.parse(`${date}T${time}:${seconds}${fraction}Z`);
  // A date that the calendar does not have is moved on by the parser.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 10) !== date) return null;
  if (offset === undefined) return instantOfLocal(clock, local);
  const instant = Date.parse(`${date}T${time}:${seconds}${fraction}${offset}`);
  return Number.isNaN(instant) ? null : instant;
}
