import type { LocalScheduler } from '../local/scheduler.ts';

/** A scheduler that lets every step run at once, in the order of the microtasks, and whose time is moved by hand. */
export interface HandClock extends LocalScheduler {
  advance(ms: number): void;
}

export function createHandClock(startMs = Date.UTC(2026, 0, 1)): HandClock {
  let nowMs = startMs;
  let sleepers: { readonly dueMs: number; readonly wake: () => void }[] = [];
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms <= 0 || signal.aborted) {
          resolve();
          return;
        }
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        sleepers.push({ dueMs: nowMs + ms, wake });
        signal.addEventListener('abort', wake);
      }),
    before: () => Promise.resolve(),
    advance: (ms) => {
      nowMs += ms;
      const due = sleepers.filter((sleeper) => sleeper.dueMs <= nowMs);
      sleepers = sleepers.filter((sleeper) => sleeper.dueMs > nowMs);
      for (const sleeper of due.sort((a, b) => a.dueMs - b.dueMs)) sleeper.wake();
    },
  };
}
