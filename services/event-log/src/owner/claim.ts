import type { OutputRecord } from '../ports.ts';

/** What a batch leads to. */
export interface ClaimProgress {
  readonly nextOffset: bigint;
  /** How many records the batch had. */
  readonly records: number;
  readonly outputs: readonly OutputRecord[];
}

/**
 * The right to process a partition, as an adapter grants it: whoever held it before is fenced. It ends with the first
 * commit that fails, because a range is never tried again under the same epoch.
 */
export interface Claim {
  readonly epoch: number;
  readonly trustedEpoch: number;
  /** The committed offset: where processing begins. */
  readonly startOffset: bigint;
  /** End of the partition when the claim was taken. */
  readonly endOffset: bigint;
  /**
   * Makes the outputs and the offset visible together. Rejects with `CLAIM_LOST` when another owner was faster, with
   * another `OfferlockError` when nobody can tell whether it took effect; the next claim then finds out.
   */
  commit(progress: ClaimProgress): Promise<void>;
  /** Frees what the claim holds, without waiting. A commit under way may still take effect or fail. */
  release(): void;
}
