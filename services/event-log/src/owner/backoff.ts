/** How long to wait between attempts; doubles from `minMs` up to `maxMs`. */
export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * The wait before the attempt after `failures` failures in a row (1 or more). Half of it is random, so that the
 * partitions of a process do not all knock at a recovering dependency at the same moment.
 */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  const fullMs = Math.min(options.maxMs, options.minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(fullMs * (0.5 + random() / 2));
}
