import type { LogBatch, LogRecord, OutputRecord } from '@offerlock/event-log';
import { fold, type FoldOptions, type OfferState, type WebActionEvent } from '@offerlock/lifecycle';
import { day, foldDefaults } from '@offerlock/lifecycle/testing';
import { createMemoryProjection, type MemoryProjection } from '@offerlock/projection/memory';
import {
  createDecoder,
  createEncoders,
  createRecordDecoder,
  registerSchemas,
  type Encoders,
  type WebActionMetric,
} from '@offerlock/schemas';
import { createMemoryRegistry, type MemoryRegistry } from '@offerlock/schemas/memory';
import { metricIdOf } from './metric-id.ts';
import { createBatchProcessor, type ProcessedBatch } from './process-batch.ts';
import type { Tally } from './tally.ts';

export const testTopic = 'webactions.events.v1';

export interface TestedBatch extends ProcessedBatch {
  /** The tally of the tenant `default`, whose events most tests send. */
  readonly tally: Tally;
}

export interface TestPartition {
  readonly projection: MemoryProjection;
  readonly registry: MemoryRegistry;
  readonly encoders: Encoders;
  append(event: WebActionEvent): void;
  appendRaw(value: Buffer | null, key: string | null, headers?: LogRecord['headers']): void;
  /** Processes up to `size` records from the committed offset and commits nothing, which ends the claim. */
  attempt(
    size: number,
    claim?: Partial<Pick<LogBatch, 'epoch' | 'trustedEpoch' | 'startOffset'>>,
  ): Promise<TestedBatch>;
  /** An attempt that is then committed. */
  commit(size?: number): Promise<TestedBatch>;
  readonly committed: readonly OutputRecord[];
  readonly committedOffset: number;
  readonly length: number;
  metricsOf(outputs: readonly OutputRecord[]): Promise<readonly WebActionMetric[]>;
  /** States by offer as the projection has them. */
  states(): Readonly<Record<string, OfferState>>;
}

/** One partition of a log by hand, with the real codec and the processor under test over a memory projection. */
export async function createTestPartition(overrides: Partial<FoldOptions> = {}): Promise<TestPartition> {
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  const projection = createMemoryProjection();
  const foldOptions = { ...foldDefaults, ...overrides };
  const process = createBatchProcessor({
    decoder: createRecordDecoder(registry),
    encoders,
    store: projection.store(),
    foldOptions,
    eventsTopic: testTopic,
    now: () => day,
  });
  const metricDecoder = createDecoder(registry, { metric: (metric) => metric });
  const records: LogRecord[] = [];
  const committed: OutputRecord[] = [];
  let committedOffset = 0;
  let epoch = 1;
  let claimHolds = false;

  const appendRaw: TestPartition['appendRaw'] = (value, key, headers = {}) => {
    const offset = BigInt(records.length);
    records.push({ offset, key: key === null ? null : Buffer.from(key), value, headers, timestampMs: day });
  };
  const partition: TestPartition = {
    projection,
    registry,
    encoders,
    committed,
    get committedOffset() {
      return committedOffset;
    },
    get length() {
      return records.length;
    },
    append: (event) => {
      appendRaw(encoders.event.encode(event), `${event.tenantId}/${event.customerId}`);
    },
    appendRaw,
    async attempt(size, claim = {}) {
      if (!claimHolds) epoch += 1;
      claimHolds = false;
      const startOffset = claim.startOffset ?? BigInt(committedOffset);
      const processed = await process({
        partition: 3,
        epoch,
        trustedEpoch: 1,
        startOffset,
        records: records.slice(Number(startOffset), Number(startOffset) + size),
        endOffset: BigInt(records.length),
        ...claim,
      });
      const tally = processed.tallies.get('default');
      if (tally === undefined) throw new Error('no record of the tenant default was processed');
      return { ...processed, tally };
    },
    async commit(size = records.length) {
      const processed = await partition.attempt(size);
      claimHolds = true;
      committed.push(...processed.outputs);
      committedOffset = Math.min(records.length, committedOffset + size);
      return processed;
    },
    async metricsOf(outputs) {
      const metrics: WebActionMetric[] = [];
      for (const { topic, value } of outputs) {
        if (topic !== 'metrics') continue;
        const decoded = await metricDecoder.decode(value);
        if ('type' in decoded) throw new Error(`not a metric: ${decoded.detail}`);
        metrics.push(decoded);
      }
      return metrics;
    },
    states: () =>
      Object.fromEntries(
        projection
          .entries()
          .map(({ key, offer }) => [
            `${key.customer}/${key.actionMapId}`,
            JSON.parse(offer.stateJson) as OfferState,
          ]),
      ),
  };
  return partition;
}

/** One line per metric with everything that the fold decides about it. */
export function metricLine(metric: WebActionMetric): string {
  const {
    metricId,
    metric: kind,
    previousState,
    millisInPreviousState,
    millisSinceOffered,
    terminal,
    offset,
  } = metric;
  return JSON.stringify([
    metricId,
    kind,
    previousState,
    millisInPreviousState,
    millisSinceOffered,
    terminal,
    offset,
  ]);
}

/** What a single-threaded fold over the events gives: the truth that any processing must reach. */
export function foldAll(
  events: readonly WebActionEvent[],
  overrides: Partial<FoldOptions> = {},
): { readonly states: Readonly<Record<string, OfferState>>; readonly metrics: readonly string[] } {
  const options = { ...foldDefaults, ...overrides };
  const states = new Map<string, OfferState>();
  const metrics: string[] = [];
  for (const [index, event] of events.entries()) {
    const id = `${event.tenantId}/${event.customerId}/${event.actionMapId}`;
    const folded = fold(options, states.get(id) ?? null, { event, offset: BigInt(index) });
    if (folded.outcome === 'applied' || folded.outcome === 'early') states.set(id, folded.state);
    if (!('metrics' in folded)) continue;
    for (const metric of folded.metrics) {
      const source = metric.source.event;
      const metricId = metricIdOf({ ...source, attempt: metric.attempt, state: metric.metric });
      const offset = Number(metric.source.offset);
      metrics.push(metricLine({ ...source, ...metric, metricId, offset } as unknown as WebActionMetric));
    }
  }
  return { states: Object.fromEntries(states), metrics };
}
