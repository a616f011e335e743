import { InvalidArgumentError } from 'commander';

/*
 * What a person may write for an option's value. Errors are commander's, which puts the option's name before the text.
 */

/** `200000`, `200k` or `2M`; at least 1. */
export function parseCount(text: string): number {
  const match = /^(\d+)([kM]?)$/.exec(text);
  const factor = { '': 1, k: 1_000, M: 1_000_000 }[match?.[2] ?? ''] ?? 1;
  const count = Number(match?.[1]) * factor;
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('Expected a whole number from 1, such as 5000, 200k or 2M.');
}

/** Like a count, and 0. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
  throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
}

/** `1%` or `0.01`. */
export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const share = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1);
  if (share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('Expected a share such as 1% or 0.01.');
}

/** Events per second: `500`, `500/s`, `2k`; or `max`, which gives null. */
export function parseRate(text: string): number | null {
  return text === 'max' ? null : parseCount(text.replace(/\/s$/, ''));
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `1h`, `500ms`; in ms. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const durationMs = Number(match?.[1]) * (unitsMs[match?.[2] ?? ''] ?? Number.NaN);
  if (durationMs > 0) return durationMs;
  throw new InvalidArgumentError('Expected a duration such as 30s, 5m or 1h.');
}
