import type { TenantCounts } from '@offerlock/standalone';

/** Numbers by name. Maps, because the names come from outside: as a key of an object, `__proto__` is not just a name. */
export type Counts = ReadonlyMap<string, number>;

/** The counts of one tenant or of several together. */
export interface Totals {
  readonly outcomes: Counts;
  readonly deadLetters: Counts;
  readonly metrics: Counts;
  /** By media type, then by `from>to`. */
  readonly steps: ReadonlyMap<string, Counts>;
}

/** Sums up the counts of `tenant`, or of all tenants when it is null. */
export function totalsOf(
  tenants: Readonly<Record<string, TenantCounts>>,
  tenant: string | null = null,
): Totals {
  const outcomes = new Map<string, number>();
  const deadLetters = new Map<string, number>();
  const metrics = new Map<string, number>();
  const steps = new Map<string, Map<string, number>>();
  for (const [id, counts] of Object.entries(tenants)) {
    if (tenant !== null && tenant !== id) continue;
    addAll(outcomes, counts.outcomes);
    addAll(deadLetters, counts.deadLetters);
    addAll(metrics, counts.metrics);
    for (const [mediaType, taken] of Object.entries(counts.steps)) {
      const sum = steps.get(mediaType) ?? new Map<string, number>();
      steps.set(mediaType, sum);
      addAll(sum, taken);
    }
  }
  return { outcomes, deadLetters, metrics, steps };
}

export function sumOf(counts: Counts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** The steps of one media type. */
export class Steps {
  readonly #counts: Counts;

  constructor(counts: Counts = new Map()) {
    this.#counts = counts;
  }

  /** How often this step was taken; `none` stands for an action that had not begun. */
  taken(from: string, to: string): number {
    return this.#counts.get(`${from}>${to}`) ?? 0;
  }

  /** How often `state` was reached, from wherever. */
  reached(state: string): number {
    return this.#sum((_, to) => to === state);
  }

  /** How often a step led on from `state`. */
  left(state: string): number {
    return this.#sum((from) => from === state);
  }

  #sum(counts: (from: string, to: string) => boolean): number {
    let sum = 0;
    for (const [step, count] of this.#counts) {
      const [from = '', to = ''] = step.split('>');
      if (counts(from, to)) sum += count;
    }
    return sum;
  }
}

function addAll(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
}
