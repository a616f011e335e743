import type { Series } from '@offerlock/standalone';

/** Lines of a chart: a value per time and metric. */
export interface ChartData {
  /** Begin of each bucket, in seconds since 1970, ascending. */
  readonly times: readonly number[];
  /** By metric, in the order asked for. */
  readonly values: readonly (readonly number[])[];
}

/** The shortest span that is drawn, so that the first minutes are not a lone point at the edge. */
const spanMinMs = 5 * 60_000;

/**
 * Shapes the series of one tenant, or of all when `tenant` is null, for drawing. The last bucket is left out: it is
 * still filling and would look like a drop. What lies before the first event is left out too, down to five minutes.
 */
export function chartDataOf(series: Series, tenant: string | null, metrics: readonly string[]): ChartData {
  const rows = Object.entries(series.tenants)
    .filter(([id]) => tenant === null || tenant === id)
    .map(([, byMetric]) => byMetric);
  const length = Math.max(0, ...rows.flatMap((row) => Object.values(row).map((values) => values.length)));
  const complete = Math.max(0, length - 1);
  const values = metrics.map((metric) => {
    const sum = Array.from<number>({ length: complete }).fill(0);
    for (const row of rows) {
      const counts = row[metric] ?? [];
      for (let index = 0; index < complete; index += 1) {
        sum[index] = (sum[index] ?? 0) + (counts[index] ?? 0);
      }
    }
    return sum;
  });
  const times = Array.from(
    { length: complete },
    (_, index) => (series.fromMs + index * series.bucketMs) / 1000,
  );
  const from = firstToDraw(values, complete, Math.ceil(spanMinMs / series.bucketMs));
  return { times: times.slice(from), values: values.map((line) => line.slice(from)) };
}

/** The same numbers for a table: sums over `bucketsPerRow` buckets, the newest row first. */
export function tableOf(
  data: ChartData,
  bucketsPerRow: number,
): readonly { readonly time: number; readonly sums: readonly number[] }[] {
  const rows: { time: number; sums: number[] }[] = [];
  for (let end = data.times.length; end > 0; end -= bucketsPerRow) {
    const begin = Math.max(0, end - bucketsPerRow);
    rows.push({
      time: data.times[begin] ?? 0,
      sums: data.values.map((line) => line.slice(begin, end).reduce((sum, value) => sum + value, 0)),
    });
  }
  return rows;
}

function firstToDraw(values: readonly (readonly number[])[], length: number, bucketsMin: number): number {
  const firsts = values.map((line) => line.findIndex((value) => value > 0)).filter((index) => index >= 0);
  // One empty bucket stays in front, so that lines rise from zero.
  const first = firsts.length === 0 ? length : Math.max(0, Math.min(...firsts) - 1);
  return Math.max(0, Math.min(first, length - bucketsMin));
}
