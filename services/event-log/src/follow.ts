import type { Topic } from '@offerlock/schemas';
import type { TopicRecord } from './ports.ts';

/** Where to begin. `timestampMs`: with the first record of each partition whose time is not before it. */
export type FollowFrom =
  | 'beginning'
  | 'end'
  | { readonly timestampMs: number }
  /** Next offset by partition; a partition that is not named begins at its start. */
  | { readonly offsets: ReadonlyMap<number, bigint> };

/** A reader that has been given a topic up to its end and stays for what is appended. */
export interface Following {
  /**
   * Resolves once everything that the topic held when the call began has been taken; rejects as `done` does, and with
   * `LOG_UNAVAILABLE` when it was stopped before.
   */
  readonly caughtUp: Promise<void>;
  /** Resolves after `stop`; rejects when `onRecords` rejects, or with a `halt` error of the log. */
  readonly done: Promise<void>;
  /** Waits for the call in hand. May be repeated. */
  stop(): Promise<void>;
}

/**
 * Follows a topic without a consumer group: whoever follows keeps its place, if it needs one. Committed records only, in
 * order within a partition; a call holds records of one partition, and the next one waits for it. While the log
 * is away it waits and goes on where it was. Where retention has deleted the place to begin, it begins with what is left.
 * Of a compacted topic it gives the newest record of each key at least.
 */
export interface TopicFollower {
  follow(
    topic: Topic,
    from: FollowFrom,
    onRecords: (records: readonly TopicRecord[]) => void | Promise<void>,
  ): Promise<Following>;
  /** Stops everything that is followed. */
  close(): Promise<void>;
}
