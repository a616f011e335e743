import type { Granularity, Period } from '../ports.ts';

const quarterMs = 900_000;
const dayMs = 86_400_000;

/** A zone of the IANA database, as this Node knows it; null when it does not. */
export function knownTimeZone(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** How far the clocks of a zone are ahead of UTC, in ms; asked once per hour of a range at most. */
export interface ZoneClock {
  offsetAt(instantMs: number): number;
}

export function zoneClock(timeZone: string): ZoneClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const known = new Map<number, number>();
  const asked = (instantMs: number): number => {
    const fields = new Map<string, number>();
    for (const { type, value } of format.formatToParts(instantMs)) fields.set(type, Number(value));
    const of = (name: string) => fields.get(name) ?? 0;
    const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
    return local - Math.floor(instantMs / 1_000) * 1_000;
  };
  const offsetOfDay = (day: number): number => {
    const at = day * dayMs;
    const offset = known.get(at) ?? asked(at);
    known.set(at, offset);
    return offset;
  };
  return {
    offsetAt(instantMs) {
      // Clocks change on few days: where they stand alike before and after the day, they do so within it.
      const day = Math.floor(instantMs / dayMs);
      const before = offsetOfDay(day);
      if (before === offsetOfDay(day + 1)) return before;
      const quarter = Math.floor(instantMs / quarterMs) * quarterMs;
      const offset = known.get(quarter) ?? asked(quarter);
      known.set(quarter, offset);
      return offset;
    },
  };
}

/**
 * The instant at which a local date and time is first read from a zone's clocks; what they leap over is taken as the
 * moment of the leap.
 *
 * @param local As if it were UTC, in ms.
 */
export function instantOfLocal(clock: ZoneClock, local: number): number {
  // Clocks stand at most 15 hours from UTC, and change on quarters of an hour.
  let at = Math.floor(local / quarterMs) * quarterMs - 15 * 3_600_000;
  while (at + quarterMs + clock.offsetAt(at + quarterMs - 1) <= local) at += quarterMs;
  return at + Math.max(0, local - (at + clock.offsetAt(at)));
}

/**
 * The rows of a report. An hour is what the clocks show as one hour before they are changed: where an hour comes twice,
 * it is two rows, told apart by the offset from UTC. A day goes from the first moment of its date to that of a later date, so it
 * has 23 or 25 hours where the clocks change. The first and the last row are cut to the range.
 */
export function periodsOf(range: Period, granularity: Granularity, clock: ZoneClock): readonly Period[] {
  if (granularity === 'total') return [range];
  const begins: number[] = [range.from];
  const unitMs = granularity === 'hour' ? 3_600_000 : dayMs;
  let offset = clock.offsetAt(range.from);
  let unit = Math.floor((range.from + offset) / unitMs);
  for (let at = Math.ceil((range.from + 1) / quarterMs) * quarterMs; at < range.to; at += quarterMs) {
    const offsetNow = clock.offsetAt(at);
    const unitNow = Math.floor((at + offsetNow) / unitMs);
    const isNew = granularity === 'hour' ? unitNow !== unit || offsetNow !== offset : unitNow > unit;
    if (!isNew) continue;
    begins.push(at);
    offset = offsetNow;
    unit = unitNow;
  }
  return begins.map((from, index) => ({ from, to: begins[index + 1] ?? range.to }));
}

const two = (number: number) => String(number).padStart(2, '0');

/** An instant as the clocks of the zone show it, with their offset: `2026-10-25T02:00:00+02:00`. */
export function localTime(clock: ZoneClock, instantMs: number): string {
  const offset = clock.offsetAt(instantMs);
  const shown = new Date(instantMs + offset).toISOString();
  const withoutMs = shown.endsWith('.000Z') ? shown.slice(0, 19) : shown.slice(0, 23);
  const minutes = Math.abs(Math.round(offset / 60_000));
  return `${withoutMs}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
