import { setTimeout as sleep } from 'node:timers/promises';

export const systemClock = {
  now: () => Date.now(),
  sleep: (ms: number, stop: AbortSignal): Promise<void> =>
    sleep(ms, undefined, { signal: stop }).catch(() => undefined),
};
