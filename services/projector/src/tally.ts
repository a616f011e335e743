import type { DeadLetterReason } from './incoming.ts';

export type EventOutcome = 'applied' | 'repeated' | 'untracked' | 'early' | 'refused' | 'unreadable';

/** An example of what was refused, so that the operator sees why. */
export interface DeadLetterSample {
  readonly offset: bigint;
  readonly key: string | null;
  readonly detail: string;
}

/**
 * What became of the records of one tenant in a batch. It counts only once the batch is committed: an abandoned attempt at the same range would
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
  /** Steps taken, by media type and then `from>to`; `from` is `none` where an action begins. */
  readonly steps: Map<string, Map<string, number>>;
}

/**
 * The tallies of one batch by tenant: that of the event, of the key where the event is unreadable, and the empty text
 * where neither tells one.
 */
export type Tallies = ReadonlyMap<string, Tally>;

function emptyTally(): Tally {
  return {
    outcomes: new Map(),
    deadLetters: new Map(),
    settled: new Map(),
    metrics: new Map(),
    timers: new Map(),
    steps: new Map(),
  };
}

/** Tallies that are there once they are asked for. */
export class TalliesByTenant {
  readonly #tallies = new Map<string, Tally>();

  get all(): Tallies {
    return this.#tallies;
  }

  of(tenantId: string): Tally {
    let tally = this.#tallies.get(tenantId);
    if (tally === undefined) {
      tally = emptyTally();
      this.#tallies.set(tenantId, tally);
    }
    return tally;
  }
}

export function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function countStep(
  steps: Tally['steps'],
  { mediaType, from, to }: { readonly mediaType: string; readonly from: string; readonly to: string },
): void {
  let edges = steps.get(mediaType);
  if (edges === undefined) {
    edges = new Map();
    steps.set(mediaType, edges);
  }
  count(edges, `${from}>${to}`);
}
