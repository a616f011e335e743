import type { Claim } from '../owner/claim.ts';
import type { Fetched } from '../owner/partition-owner.ts';
import type { LocalGroup } from './local-group.ts';
import type { LocalScheduler } from './scheduler.ts';

/** The events of a log in this process, and the right to process them, as the members of its group need them. */
export interface LocalLog {
  readonly group: LocalGroup;
  readonly scheduler: LocalScheduler;
  /** Fences every earlier owner of the partition. */
  takeClaim(owner: { readonly member: string; readonly partition: number }): Promise<Claim>;
  /** Whether a fetch from this offset would get on now. */
  hasMore(partition: number, from: bigint): boolean;
  /** What lies in the partition from this offset on. May throw an `OfferlockError`, which ends the claim. */
  fetch(partition: number, from: bigint): Fetched;
  /** Calls back whenever there may be something new to fetch. Answers with a function that ends it. */
  onChange(listener: () => void): () => void;
}
