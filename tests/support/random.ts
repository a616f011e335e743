/** Random numbers from a seed, so that a run that failed can be repeated. */
export interface Random {
  readonly seed: number;
  /** From 0 up to, and without, `below`. */
  below(below: number): number;
}

/** A new seed each time, printed under the title; `OFFERLOCK_TEST_SEED` sets it. */
export function printedRandom(title: string): Random {
  const given = process.env['OFFERLOCK_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stderr.write(`${title}: OFFERLOCK_TEST_SEED=${seed}\n`);
  return createRandom(seed);
}

/** Mulberry32: small, and good enough to draw moments and sizes. */
export function createRandom(seed: number): Random {
  let state = seed;
  return {
    seed,
    below(below) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
    },
  };
}
