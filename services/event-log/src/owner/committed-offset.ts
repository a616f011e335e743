import type { Mark } from './mark.ts';

/** What a group has committed for a partition. */
export interface CommittedOffset {
  readonly offset: bigint;
  /** null: the offset is not from a commit of ours. */
  readonly mark: Mark | null;
}
