import { readFile } from 'node:fs/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import { createDecoder } from '@offerlock/schemas';
import { parseExpectedCounts, type Counts, type ExpectedCounts } from '@offerlock/traffic';
import { formatTable } from './format.ts';
import { measureTopics, type MeasuredCounts } from './measure.ts';
import type { Systems, Terminal } from './ports.ts';

export interface ReportOptions {
  /** What `simulate` wrote. */
  readonly expectFile?: string;
  readonly json: boolean;
}

export interface ReportRow {
  readonly what:
    'metric' | 'dead letter' | 'repeated metric id' | 'repeated dead letter' | 'unreadable metric';
  readonly name: string;
  /** null: nothing is expected of it. */
  readonly expected: number | null;
  readonly measured: number;
}

/** `offerlock report`. False when anything differs from what was expected, or was written twice. */
export async function report(
  systems: Pick<Systems, 'openRegistry' | 'openTopicReader'>,
  terminal: Terminal,
  options: ReportOptions,
): Promise<boolean> {
  const expected = options.expectFile === undefined ? null : await readExpected(options.expectFile);
  const decoder = createDecoder(systems.openRegistry(), { metric: (metric) => metric });
  const reader = systems.openTopicReader();
  const progress = terminal.progress('Reading', null);
  let measured: MeasuredCounts;
  try {
    measured = await measureTopics(reader, decoder, progress.update);
  } finally {
    progress.end();
    await reader.close();
  }

  const rows = compare(expected, measured);
  const differing = rows.filter(differs).length;
  if (options.json) terminal.print(JSON.stringify({ equal: differing === 0, rows }, null, 2));
  else terminal.print(describeRows(rows));
  if (differing > 0) terminal.note(`${differing} of ${rows.length} counts are not what was expected.`);
  else if (expected !== null) terminal.note(`All ${rows.length} counts are what was expected.`);
  return differing === 0;
}

/** Error: `CONFIG_INVALID`, with the file's name. */
async function readExpected(file: string): Promise<ExpectedCounts> {
  let json: string;
  try {
    json = await readFile(file, 'utf8');
  } catch (cause) {
    throw new OfferlockError('CONFIG_INVALID', `${file}: cannot be read`, { cause });
  }
  return parseExpectedCounts(json);
}

/** Expected beside measured. Repeats are never expected, not even without a file. */
export function compare(expected: ExpectedCounts | null, measured: MeasuredCounts): readonly ReportRow[] {
  return [
    ...rowsOf('metric', expected?.metrics ?? null, measured.metrics),
    ...rowsOf('dead letter', expected?.deadLetters ?? null, measured.deadLetters),
    { what: 'repeated metric id', name: '', expected: 0, measured: measured.repeatedMetrics },
    { what: 'repeated dead letter', name: '', expected: 0, measured: measured.repeatedDeadLetters },
    { what: 'unreadable metric', name: '', expected: 0, measured: measured.unreadableMetrics },
  ];
}

function rowsOf(what: ReportRow['what'], expected: Counts | null, measured: Counts): readonly ReportRow[] {
  const names = [...new Set([...Object.keys(expected ?? {}), ...Object.keys(measured)])].sort();
  return names.map((name) => ({
    what,
    name,
    expected: expected === null ? null : (expected[name] ?? 0),
    measured: measured[name] ?? 0,
  }));
}

function differs({ expected, measured }: ReportRow): boolean {
  return expected !== null && expected !== measured;
}

function describeRows(rows: readonly ReportRow[]): string {
  return formatTable(
    ['count', 'kind', 'expected', 'measured', ''],
    rows.map((row) => [
      row.what,
      row.name,
      row.expected ?? '',
      row.measured,
      row.expected === null ? '' : differs(row) ? 'DIFFERS' : 'equal',
    ]),
  );
}
