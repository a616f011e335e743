import type { Tallies } from '@offerlock/projector';
import type { CounterTransaction, Counters } from './counters.ts';
import type { RateMeter } from './rate-meter.ts';

/** Carries what the projector tells of a batch into the transaction that commits the batch. */
export interface CommitCounter {
  /** As `ProjectorParts.onProcessed`. */
  processed(batch: { readonly partition: number; readonly tallies: Tallies }): void;
  /** In the transaction that commits the batch of the partition that was told last; once for each batch. */
  committing(
    transaction: CounterTransaction,
    commit: { readonly partition: number; readonly nextOffset: bigint; readonly records: number },
  ): void;
}

export function createCommitCounter(counters: Counters, rate: RateMeter): CommitCounter {
  const processed = new Map<number, Tallies>();
  return {
    processed({ partition, tallies }) {
      processed.set(partition, tallies);
    },
    committing(transaction, { partition, nextOffset, records }) {
      const tallies = processed.get(partition);
      if (tallies === undefined)
        throw new Error(`a batch of partition ${partition} is committed that was not folded`);
      processed.delete(partition);
      counters.begin(transaction, partition, nextOffset - BigInt(records));
      counters.add(transaction, tallies);
      rate.add(records);
    },
  };
}
