import { weekdays, type ScheduleGroup } from './action-map.ts';

/** Answers whether a schedule group is open at a time, in ms since 1970. */
export type OpeningHours = (now: number) => boolean;

const minuteMs = 60_000;

/**
 * Makes the test of a schedule group. Hours are those of the clock on the wall of its time zone: where the clock goes
 * forward, the hour left out is not there; where it goes back, the hour that comes twice is open both times.
 */
export function openingHoursOf(group: ScheduleGroup): OpeningHours {
  const clock = wallClockOf(group.timeZone);
  const hours = group.open.map(({ days, from, to }) => ({
    days: new Set<string>(days),
    from: minutesOf(from),
    to: minutesOf(to),
  }));
  const isOpenAt = (now: number): boolean => {
    const { date, weekday, minutes } = clock(now);
    // Dates of this form sort as text.
    if (group.closed.some(({ from, to }) => from <= date && date <= to)) return false;
    return hours.some(({ days, from, to }) => days.has(weekday) && from <= minutes && minutes < to);
  };

  // Asking the time zone takes 10 us, and all decisions of a minute get the same answer: no zone in use has an offset
  // with seconds.
  let asked = NaN;
  let open = false;
  return (now) => {
    const minute = Math.floor(now / minuteMs);
    if (minute !== asked) {
      open = isOpenAt(minute * minuteMs);
      asked = minute;
    }
    return open;
  };
}

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** Whether `Intl` knows the name. Offsets such as `+02:00` are none: they would ignore daylight saving. */
export function isTimeZone(timeZone: string): boolean {
  if (!/^[A-Za-z]/.test(timeZone)) return false;
  try {
    wallClockOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

interface WallClock {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly weekday: string;
  /** Since midnight. */
  readonly minutes: number;
}

function wallClockOf(timeZone: string): (now: number) => WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (now) => {
    const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const [year, month, day] = [part('year'), part('month'), part('day')];
    const date = new Date(Date.UTC(year, month - 1, day));
    return {
      date: date.toISOString().slice(0, 10),
      weekday: weekdays[(date.getUTCDay() + 6) % 7] ?? '',
      minutes: part('hour') * 60 + part('minute'),
    };
  };
}
