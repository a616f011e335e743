import Table from 'cli-table3';

/** `1234567` as `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Milliseconds in the largest unit that leaves a readable number. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${size} ms`;
  if (size < 60_000) return `${sign}${(size / 1000).toFixed(1)} s`;
  const minutes = Math.floor(size / 60_000);
  if (minutes < 60) return `${sign}${minutes} min ${Math.floor((size % 60_000) / 1000)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${sign}${hours} h ${minutes % 60} min`;
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `2026-05-01 12:00:03.120 UTC` */
export function formatTime(ms: number): string {
  const time = new Date(ms);
  // A producer may have sent any number; Date knows fewer.
  if (Number.isNaN(time.getTime())) return `${ms} ms`;
  return time.toISOString().replace('T', ' ').replace('Z', ' UTC');
}

/** A table in plain characters. Numbers go to the right. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const numbers = head.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const table = new Table({
    head: [...head],
    colAligns: numbers.map((isNumber) => (isNumber ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push(row.map((cell) => (typeof cell === 'number' ? formatCount(cell) : cell)));
  }
  return table.toString();
}
