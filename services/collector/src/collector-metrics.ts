import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AppendQueue } from './append-queue.ts';

/** What the collector counts, for Prometheus. */
export interface CollectorMetrics {
  readonly registry: Registry;
  accepted(events: number): void;
  rejected(events: number): void;
  /** An append begins; call the answer when the log has it. */
  appending(): () => void;
  watch(queue: AppendQueue): void;
}

export function createCollectorMetrics(): CollectorMetrics {
  const registry = new Registry();
  const events = new Counter({
    name: 'offerlock_collector_events_total',
    help: 'Events that were reported, by what became of them',
    labelNames: ['result'] as const,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'offerlock_collector_append_seconds',
    help: 'Until the log had the events of a request, waiting for its turn included',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 10],
    registers: [registry],
  });
  const waiting = new Gauge({
    name: 'offerlock_collector_waiting_events',
    help: 'Events that wait for the log now',
    registers: [registry],
    collect() {
      this.set(queues.reduce((sum, queue) => sum + queue.waiting, 0));
    },
  });
  const queues: AppendQueue[] = [];
  waiting.set(0);
  return {
    registry,
    accepted: (count) => events.inc({ result: 'accepted' }, count),
    rejected: (count) => events.inc({ result: 'rejected' }, count),
    appending: () => seconds.startTimer(),
    watch: (queue) => void queues.push(queue),
  };
}
