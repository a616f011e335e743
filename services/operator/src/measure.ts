import type { TopicReader, TopicRecord } from '@offerlock/event-log';
import { deadLetterHeaders, type Decoder, type WebActionMetric } from '@offerlock/schemas';
import type { Counts } from '@offerlock/traffic';

/** What the metric topic and the dead letters hold. */
export interface MeasuredCounts {
  /** By kind, each metric id once. */
  readonly metrics: Counts;
  /** By reason, each source record once. */
  readonly deadLetters: Counts;
  /** Metrics whose id was there before. Always 0, unless something is wrong. */
  readonly repeatedMetrics: number;
  /** Dead letters whose source record was there before. Always 0, unless something is wrong. */
  readonly repeatedDeadLetters: number;
  /** Records of the metric topic that are no metrics. Always 0, unless somebody else writes there. */
  readonly unreadableMetrics: number;
}

export type MetricDecoder = Decoder<WebActionMetric>;

/** Reads both topics from beginning to end, committed records only. Keeps an id per record in memory. */
export async function measureTopics(
  reader: TopicReader,
  decoder: MetricDecoder,
  onProgress: (records: number) => void,
): Promise<MeasuredCounts> {
  const metrics = new DistinctCounts();
  const deadLetters = new DistinctCounts();
  let unreadableMetrics = 0;
  let read = 0;

  await reader.read('metrics', async (records) => {
    for (const { value } of records) {
      const decoding = decoder.decode(value);
      const metric = decoding instanceof Promise ? await decoding : decoding;
      if ('metricId' in metric) metrics.add(metric.metric, metric.metricId);
      else unreadableMetrics += 1;
    }
    onProgress((read += records.length));
  });
  await reader.read('deadLetters', (records) => {
    for (const record of records) {
      deadLetters.add(headerOf(record, 'reason') ?? 'without a reason', sourceOf(record));
    }
    onProgress((read += records.length));
  });

  return {
    metrics: metrics.counts(),
    deadLetters: deadLetters.counts(),
    repeatedMetrics: metrics.repeated,
    repeatedDeadLetters: deadLetters.repeated,
    unreadableMetrics,
  };
}

class DistinctCounts {
  readonly #ids = new Set<string>();
  readonly #counts = new Map<string, number>();
  repeated = 0;

  add(name: string, id: string): void {
    if (this.#ids.size === this.#ids.add(id).size) {
      this.repeated += 1;
      return;
    }
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  counts(): Counts {
    return Object.fromEntries([...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}

function sourceOf(record: TopicRecord): string {
  return `${headerOf(record, 'topic')}/${headerOf(record, 'partition')}/${headerOf(record, 'offset')}`;
}

function headerOf(record: TopicRecord, header: keyof typeof deadLetterHeaders): string | undefined {
  return record.headers[deadLetterHeaders[header]]?.toString();
}
