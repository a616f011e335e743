import type { DeadLetterReason } from './incoming.ts';

export type EventOutcome = 'applied' | 'repeated' | 'untracked' | 'early' | 'refused' | 'unreadable';

/** An example of what was refused, so that the operator sees why. */
export interface DeadLetterSample {
  readonly offset: bigint;
  readonly key: string | null;
  readonly detail: string;
}

/**
 * What became of a batch. It counts only once the batch is committed: an abandoned attempt at the same range would
 * count its events twice.
 */
export interface Tally {
  /** Every record counts once, by its own outcome on arrival; timers are counted apart. */
  readonly outcomes: Map<EventOutcome, number>;
  /** Dead letters by reason, those of early events that stopped waiting included. */
  readonly deadLetters: Map<DeadLetterReason, { count: number; readonly first: DeadLetterSample }>;
  /** Early events that found their place, or were recognised as repeats, when a later event arrived. */
  readonly settled: Map<'applied' | 'repeated' | 'refused', number>;
  readonly metrics: Map<string, number>;
  readonly timers: Map<'expired' | 'settled', number>;
}

export function emptyTally(): Tally {
  return {
    outcomes: new Map(),
    deadLetters: new Map(),
    settled: new Map(),
    metrics: new Map(),
    timers: new Map(),
  };
}

export function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
