/** How numbers and times are written for a reader. */
export interface Format {
  /** All digits, grouped: `1,234,567`. */
  count(value: number): string;
  /** For narrow places: all digits below `below`, then `1.23M`. */
  shortCount(value: number, below: number): string;
  /** A share from 0 to 1: `12.3%`; a share that is neither nothing nor all never reads as such. Null gives a dash. */
  share(value: number | null): string;
  /** With one decimal below 100. */
  rate(value: number): string;
  /** `1.2 s`, `3 min 20 s`, `2 d 4 h`; negative where clocks disagree. */
  duration(ms: number): string;
  bytes(value: number): string;
  /** Time of day in the reader's zone; with the day unless it is that of `nowMs`. */
  time(ms: number, nowMs: number): string;
  /** Hours and minutes in the reader's zone. */
  hourMinute(ms: number): string;
  /** The whole time in UTC, as a tooltip. */
  utc(ms: number): string;
  /** `now`, `12 s ago`, `3 h ago`. */
  ago(ms: number, nowMs: number): string;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** What a Date can hold; times come from producers and can be anything. */
const timeMax = 8.64e15;

/** `locale` and `timeZone` default to the reader's. */
export function createFormat(locale?: string, timeZone?: string): Format {
  const zone = timeZone === undefined ? {} : { timeZone };
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const dayOnly = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: 'medium' });
  const timeOnly = new Intl.DateTimeFormat(locale, { ...zone, timeStyle: 'medium' });
  const both = new Intl.DateTimeFormat(locale, { ...zone, dateStyle: 'medium', timeStyle: 'medium' });
  const short = new Intl.DateTimeFormat(locale, { ...zone, hour: '2-digit', minute: '2-digit' });

  return {
    count: (value) => whole.format(value),
    shortCount: (value, below) => (Math.abs(value) < below ? whole : compact).format(value),
    share(value) {
      if (value === null) return '–';
      if (value > 0 && value < 0.001) return `<${percent.format(0.001)}`;
      if (value < 1 && value > 0.999) return `>${percent.format(0.999)}`;
      return percent.format(value);
    },
    rate: (value) => (value < 100 ? oneDecimal : whole).format(value),
    duration(ms) {
      const sign = ms < 0 ? '−' : '';
      const size = Math.abs(ms);
      if (size < second) return `${sign}${whole.format(size)} ms`;
      if (size < minute) return `${sign}${oneDecimal.format(Math.floor(size / 100) / 10)} s`;
      return sign + twoUnits(size, whole);
    },
    bytes(value) {
      const units = ['B', 'kB', 'MB', 'GB', 'TB'];
      const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
      return `${oneDecimal.format(value / 1000 ** power)} ${units[power]}`;
    },
    time(ms, nowMs) {
      if (!isTime(ms)) return String(ms);
      return dayOnly.format(ms) === dayOnly.format(nowMs) ? timeOnly.format(ms) : both.format(ms);
    },
    hourMinute: (ms) => short.format(ms),
    utc: (ms) => (isTime(ms) ? `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} UTC` : ''),
    ago(ms, nowMs) {
      const size = nowMs - ms;
      if (size < second) return 'now';
      if (size < minute) return `${whole.format(Math.floor(size / second))} s ago`;
      if (size < hour) return `${whole.format(Math.floor(size / minute))} min ago`;
      if (size < 2 * day) return `${whole.format(Math.floor(size / hour))} h ago`;
      return `${whole.format(Math.floor(size / day))} d ago`;
    },
  };
}

function isTime(ms: number): boolean {
  return Math.abs(ms) <= timeMax;
}

function twoUnits(size: number, whole: Intl.NumberFormat): string {
  const [large, largeName, small, smallName] =
    size < hour
      ? ([minute, 'min', second, 's'] as const)
      : size < day
        ? ([hour, 'h', minute, 'min'] as const)
        : ([day, 'd', hour, 'h'] as const);
  const rest = Math.floor((size % large) / small);
  const first = `${whole.format(Math.floor(size / large))} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

/** In the reader's language and time zone. */
export const format: Format = createFormat();
