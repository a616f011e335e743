import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Consumption, ConsumptionObserver } from '@offerlock/event-log';
import type { Stage } from './process-batch.ts';
import type { Tallies } from './tally.ts';

/** Everything the process tells Prometheus. Counters of events move when their batch is committed, not before. */
export interface ProcessMetrics {
  readonly registry: Registry;
  batchProcessed(records: number, stageMs: Readonly<Record<Stage, number>>): void;
  batchCommitted(tallies: Tallies, transactionMs: number): void;
  claimed(): void;
  claimEnded(cause: Parameters<ConsumptionObserver['claimEnded']>[0]['cause']): void;
}

export interface LagSource {
  partitions(): ReturnType<Consumption['partitions']>;
  /** How far behind the partition is in ms; 0 when it is not. */
  lagMs(partition: number): number;
}

export function createProcessMetrics(source: LagSource): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const events = new Counter({
    name: 'offerlock_events_total',
    help: 'Committed records of the events topic by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const deadLetters = new Counter({
    name: 'offerlock_dead_letters_total',
    help: 'Committed dead letters by reason, those of early events that stopped waiting included.',
    labelNames: ['reason'],
    registers,
  });
  const settled = new Counter({
    name: 'offerlock_early_settled_total',
    help: 'Early events that stopped waiting because a later event arrived, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const published = new Counter({
    name: 'offerlock_metrics_total',
    help: 'Committed metric events by kind.',
    labelNames: ['metric'],
    registers,
  });
  const timers = new Counter({
    name: 'offerlock_timers_total',
    help: 'Committed deadlines of early events: expired, or settled before.',
    labelNames: ['outcome'],
    registers,
  });
  const steps = new Counter({
    name: 'offerlock_steps_total',
    help: 'Committed steps by the lifecycle of their media type; from is none where an action begins.',
    labelNames: ['media_type', 'from', 'to'],
    registers,
  });
  const batchRecords = new Histogram({
    name: 'offerlock_batch_records',
    help: 'Records per batch.',
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    registers,
  });
  const stages = new Histogram({
    name: 'offerlock_stage_seconds',
    help: 'Time a batch spent in each stage before its commit.',
    labelNames: ['stage'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  });
  const transactions = new Histogram({
    name: 'offerlock_transaction_seconds',
    help: 'Time from the first output sent to the end of the Kafka transaction.',
    buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers,
  });
  const claims = new Counter({ name: 'offerlock_claims_total', help: 'Claims taken.', registers });
  const claimsEnded = new Counter({
    name: 'offerlock_claims_ended_total',
    help: 'Claims ended by cause; fenced means that another instance took the partition over.',
    labelNames: ['cause'],
    registers,
  });

  registry.registerMetric(
    new Gauge({
      name: 'offerlock_lag_events',
      help: 'Records of the partition that are not committed yet, as of the latest fetch.',
      labelNames: ['partition'],
      registers: [],
      collect() {
        this.reset();
        for (const { partition, nextOffset, endOffset } of source.partitions()) {
          if (nextOffset === null || endOffset === null) continue;
          const lag = endOffset > nextOffset ? Number(endOffset - nextOffset) : 0;
          this.set({ partition: String(partition) }, lag);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'offerlock_lag_seconds',
      help: 'Age of the latest committed record of the partition while more wait behind it, else 0.',
      labelNames: ['partition'],
      registers: [],
      collect() {
        this.reset();
        for (const { partition } of source.partitions()) {
          this.set({ partition: String(partition) }, source.lagMs(partition) / 1_000);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'offerlock_partitions',
      help: 'Partitions assigned to this instance by status.',
      labelNames: ['status'],
      registers: [],
      collect() {
        for (const status of ['idle', 'claimed', 'waiting', 'halted'] as const) {
          const partitions = source.partitions().filter((partition) => partition.status === status);
          this.set({ status }, partitions.length);
        }
      },
    }),
  );

  return {
    registry,
    batchProcessed(records, stageMs) {
      batchRecords.observe(records);
      for (const [stage, ms] of Object.entries(stageMs)) stages.observe({ stage }, ms / 1_000);
    },
    batchCommitted(tallies, transactionMs) {
      transactions.observe(transactionMs / 1_000);
      for (const tally of tallies.values()) {
        for (const [outcome, count] of tally.outcomes) events.inc({ outcome }, count);
        for (const [reason, { count }] of tally.deadLetters) deadLetters.inc({ reason }, count);
        for (const [outcome, count] of tally.settled) settled.inc({ outcome }, count);
        for (const [metric, count] of tally.metrics) published.inc({ metric }, count);
        for (const [outcome, count] of tally.timers) timers.inc({ outcome }, count);
        for (const [mediaType, edges] of tally.steps) {
          for (const [edge, count] of edges) {
            const [from = '', to = ''] = edge.split('>');
            steps.inc({ media_type: mediaType, from, to }, count);
          }
        }
      }
    },
    claimed: () => claims.inc(),
    claimEnded: (cause) => claimsEnded.inc({ cause }),
  };
}
