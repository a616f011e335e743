/** How many of something there are per second, over the last few whole seconds, or since it was made. */
export interface RateMeter {
  add(count: number): void;
  perSecond(): number;
}

export function createRateMeter(now: () => number, windowSeconds = 10): RateMeter {
  const counts = new Map<number, number>();
  const secondNow = (): number => Math.floor(now() / 1_000);
  const beginSecond = secondNow();
  const forget = (second: number): void => {
    for (const known of counts.keys()) if (known < second - windowSeconds) counts.delete(known);
  };
  return {
    add(count) {
      const second = secondNow();
      forget(second);
      counts.set(second, (counts.get(second) ?? 0) + count);
    },
    perSecond() {
      const second = secondNow();
      forget(second);
      let sum = 0;
      // The present second is still filling and would make every answer too small.
      for (const [known, count] of counts) if (known < second) sum += count;
      return sum / Math.max(1, Math.min(windowSeconds, second - beginSecond));
    },
  };
}
