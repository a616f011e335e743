import type { ProcessedRange, Tallies } from '@offerlock/projector';
import type { CounterTransaction, Counters } from './counters.ts';
import type { RateMeter } from './rate-meter.ts';

/** Carries what the projector tells of a batch into the transaction that commits the batch. */
export interface CommitCounter {
  /** As `ProjectorParts.onProcessed`. */
  processed(range: ProcessedRange): void;
  /** Inside the transaction that commits the last processed range of the partition under this epoch. */
  committing(transaction: CounterTransaction, commit: { partition: number; epoch: number }): void;
}

export function createCommitCounter(counters: Counters, rate: RateMeter): CommitCounter {
  const processed = new Map<number, ProcessedRange>();
  return {
    processed(range) {
      processed.set(range.partition, range);
    },
    committing(transaction, { partition, epoch }) {
      const range = processed.get(partition);
      // A claim commits too, without a batch; what an earlier claim has processed is not in it.
      if (range === undefined || range.epoch !== epoch) return;
      processed.delete(partition);
      counters.add(transaction, range.tallies);
      rate.add(recordsOf(range.tallies));
    },
  };
}

function recordsOf(tallies: Tallies): number {
  let records = 0;
  for (const { outcomes } of tallies.values()) for (const count of outcomes.values()) records += count;
  return records;
}
