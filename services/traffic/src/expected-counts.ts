import { OfferlockError, type ActionState } from '@offerlock/lifecycle';

export type Counts = Readonly<Record<string, number>>;

/**
 * What must come out of a simulated stream, known from how it was made. Holds for a topic that contains this stream
 * only, for standard metrics and re-offer scope `never`, and an early grace of more than 0.
 */
export interface ExpectedCounts {
  readonly seed: number;
  /** Records of every kind. */
  readonly records: number;
  /** Records by what they were made to be. */
  readonly kinds: Counts;
  /**
   * Records by first outcome: applied, repeated, early, untracked, refused, unreadable. Adds up to `records`. Every early
   * event is applied later, which does not count again here.
   */
  readonly outcomes: Counts;
  /** Metric events by kind. */
  readonly metrics: Counts;
  /** Dead letters by reason: the refused and the unreadable records. */
  readonly deadLetters: Counts;
  /** The projection at the end: customers' action maps with a state, by status, and how many of them are locked. */
  readonly offers: { readonly total: number; readonly locked: number; readonly byStatus: Counts };
  /** Customers (`tenantId/customerId`) whose paths are worth a look. */
  readonly examples: readonly Example[];
}

export interface Example {
  readonly customer: string;
  readonly shows: string;
}

/** Reads what `JSON.stringify` made of expected counts. Error: `CONFIG_INVALID`, with the part that is wrong. */
export function parseExpectedCounts(json: string): ExpectedCounts {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new OfferlockError('CONFIG_INVALID', 'the expected counts are not JSON', { cause });
  }
  const root = objectAt(value, 'the file');
  const offers = objectAt(root['offers'], 'offers');
  return {
    seed: countAt(root['seed'], 'seed'),
    records: countAt(root['records'], 'records'),
    kinds: countsAt(root['kinds'], 'kinds'),
    outcomes: countsAt(root['outcomes'], 'outcomes'),
    metrics: countsAt(root['metrics'], 'metrics'),
    deadLetters: countsAt(root['deadLetters'], 'deadLetters'),
    offers: {
      total: countAt(offers['total'], 'offers.total'),
      locked: countAt(offers['locked'], 'offers.locked'),
      byStatus: countsAt(offers['byStatus'], 'offers.byStatus'),
    },
    examples: examplesAt(root['examples']),
  };
}

function objectAt(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(place, 'expected an object');
  return value as Record<string, unknown>;
}

function countAt(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw wrong(place, 'expected a whole number from 0');
  }
  return value;
}

function countsAt(value: unknown, place: string): Counts {
  const counts = objectAt(value, place);
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, countAt(count, `${place}.${name}`)]),
  );
}

function examplesAt(value: unknown): readonly Example[] {
  if (!Array.isArray(value)) throw wrong('examples', 'expected a list');
  return value.map((entry: unknown, index) => {
    const { customer, shows } = objectAt(entry, `examples[${index}]`);
    if (typeof customer !== 'string' || typeof shows !== 'string') {
      throw wrong(`examples[${index}]`, 'expected customer and shows');
    }
    return { customer, shows };
  });
}

function wrong(place: string, problem: string): OfferlockError {
  return new OfferlockError('CONFIG_INVALID', `the expected counts are not valid: ${place}: ${problem}`);
}

/** Counts while a stream is made. */
export class Tally {
  readonly kinds = new Map<string, number>();
  readonly outcomes = new Map<string, number>();
  readonly metrics = new Map<string, number>();
  readonly deadLetters = new Map<string, number>();
  readonly statuses = new Map<string, number>();
  readonly examples = new Map<string, string>();
  locked = 0;

  add(counts: Map<string, number>, name: string, by = 1): void {
    counts.set(name, (counts.get(name) ?? 0) + by);
  }

  /** An action map of a customer moves on; `from` is null where there was no state. */
  moved(from: ActionState | null, to: ActionState): void {
    if (from !== null) this.add(this.statuses, from, -1);
    this.add(this.statuses, to);
  }

  /** Keeps the first customer that shows this. */
  shows(what: string, customer: string): void {
    if (!this.examples.has(what)) this.examples.set(what, customer);
  }

  counts(seed: number, records: number): ExpectedCounts {
    return {
      seed,
      records,
      kinds: sorted(this.kinds),
      outcomes: sorted(this.outcomes),
      metrics: sorted(this.metrics),
      deadLetters: sorted(this.deadLetters),
      offers: {
        total: [...this.statuses.values()].reduce((sum, count) => sum + count, 0),
        locked: this.locked,
        byStatus: sorted(this.statuses),
      },
      examples: [...this.examples].map(([shows, customer]) => ({ customer, shows })),
    };
  }
}

function sorted(counts: ReadonlyMap<string, number>): Counts {
  return Object.fromEntries(
    [...counts].filter(([, count]) => count !== 0).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
