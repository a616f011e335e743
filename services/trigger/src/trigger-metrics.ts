import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DecisionEvent } from './decisions/decide.ts';
import type { OutboxCounts } from './outbox.ts';

/** Everything the process tells Prometheus. */
export interface TriggerMetrics {
  readonly registry: Registry;
  decided(event: DecisionEvent): void;
}

export interface TriggerMetricsSources {
  /** How far the projection is behind; null while nobody tells. ms. */
  readonly lagMs: () => number | null;
  readonly outboxes: () => Readonly<Record<string, OutboxCounts>>;
}

export function createTriggerMetrics({ lagMs, outboxes }: TriggerMetricsSources): TriggerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  // A decision counts each of its maps: that goes into plain numbers, which Prometheus takes over when it asks.
  const statuses = new Map<string, number>();
  const offered = new Map<string, number>();
  const heldBack = new Map<string, number>();
  const counter = (name: string, help: string, label: string, counts: ReadonlyMap<string, number>): void => {
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames: [label],
        registers: [],
        collect() {
          this.reset();
          for (const [value, count] of counts) this.inc({ [label]: value }, count);
        },
      }),
    );
  };
  counter('offerlock_decisions_total', 'Answers by status; repeated: one given before.', 'status', statuses);
  counter('offerlock_offers_total', 'Offers that were promised, by media type.', 'media_type', offered);
  counter('offerlock_held_back_total', 'Action maps that were not offered, by reason.', 'reason', heldBack);

  const seconds = new Histogram({
    name: 'offerlock_decision_seconds',
    help: 'Time from a question to its answer.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
    registers,
  });
  const tries = new Histogram({
    name: 'offerlock_decision_tries',
    help: 'How often the customer was read for one answer.',
    buckets: [1, 2, 3, 5, 10, 20],
    registers,
  });

  const gauge = (name: string, help: string, countOf: (counts: OutboxCounts) => number): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ['outbox'],
        registers: [],
        collect() {
          for (const [outbox, counts] of Object.entries(outboxes())) this.set({ outbox }, countOf(counts));
        },
      }),
    );
  };
  gauge('offerlock_outbox_records', 'Records that wait for the log.', ({ waiting }) => waiting);
  gauge('offerlock_outbox_sent', 'Records that the log has taken since the start.', ({ sent }) => sent);
  gauge(
    'offerlock_outbox_dropped',
    'Records that were dropped since the start, because the log was away for too long.',
    ({ dropped }) => dropped,
  );
  registry.registerMetric(
    new Gauge({
      name: 'offerlock_projection_lag_seconds',
      help: 'How far the projection is behind the log, as decisions see it; no value while nobody tells.',
      registers: [],
      collect() {
        const lag = lagMs();
        if (lag === null) this.reset();
        else this.set(lag / 1_000);
      },
    }),
  );

  return {
    registry,
    decided({ status, durationMs, tries: read, decision }) {
      add(statuses, status);
      seconds.observe(durationMs / 1_000);
      if (read > 0) tries.observe(read);
      if (decision === null) return;
      for (const offer of decision.offers) add(offered, offer.mediaType);
      for (const offer of decision.heldBack) add(heldBack, offer.reason);
    },
  };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
