/** Reproducible randomness: the same seed gives the same sequence on every machine. */
export interface Random {
  /** From 0 up to, not including, `below`. */
  integer(below: number): number;
  chance(probability: number): boolean;
  /** `items` must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** A version 4 UUID. */
  uuid(): string;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hex = (word: number, shift: number): string => hexOfByte[(word >>> shift) & 0xff] ?? '';
const hex16 = (word: number, shift: number): string => hex(word, shift + 8) + hex(word, shift);

/**
 * The generator is sfc32: small, fast and good enough for test data, and needs no dependency. `seed` counts modulo
 * 2^32.
 */
export function createRandom(seed: number): Random {
  let a = seed | 0;
  let b = 0x9e3779b9 | 0;
  let c = 0x243f6a88 | 0;
  let counter = 1;

  function next(): number {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  }
  // Seeds that differ in one bit begin alike; after some rounds they no longer do.
  for (let round = 0; round < 16; round += 1) next();

  const fraction = (): number => next() / 0x1_0000_0000;

  return {
    integer: (below) => Math.floor(fraction() * below),
    chance: (probability) => fraction() < probability,
    pick(items) {
      const item = items[Math.floor(fraction() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    uuid() {
      const first = next();
      const second = (next() & 0xffff0fff) | 0x4000;
      const third = (next() & 0x3fffffff) | 0x80000000;
      const fourth = next();
      return `${hex16(first, 16)}${hex16(first, 0)}-${hex16(second, 16)}-${hex16(second, 0)}-${hex16(third, 16)}-${hex16(third, 0)}${hex16(fourth, 16)}${hex16(fourth, 0)}`;
    },
  };
}
