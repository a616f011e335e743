import type { Clock } from '../ports.ts';

/** Tells when a time is over that is the same for everybody. */
export interface Deadlines {
  /** Calls `expire` once the time is over, unless the returned function was called before. */
  begin(expire: () => void): () => void;
}

export interface DeadlinesParts {
  readonly clock: Pick<Clock, 'sleep'>;
  /** ms of any beginning. Never goes back, as the clock on the wall may. */
  readonly ticks: () => number;
  readonly afterMs: number;
}

interface Waiting {
  readonly dueAt: number;
  expire: (() => void) | null;
}

/**
 * All wait equally long, so they end in the order in which they began, and one timer is enough: a timer for each would
 * cost more than the decision it is for.
 */
export function createDeadlines({ clock, ticks, afterMs }: DeadlinesParts): Deadlines {
  const never = new AbortController().signal;
  let queue: Waiting[] = [];
  let head = 0;
  let running = false;

  const run = async (): Promise<void> => {
    for (;;) {
      while (head < queue.length) {
        const first = queue[head] as Waiting;
        if (first.expire !== null && first.dueAt > ticks()) break;
        first.expire?.();
        head += 1;
      }
      if (head === queue.length) {
        queue = [];
        head = 0;
        running = false;
        return;
      }
      if (head > 1_000) {
        queue = queue.slice(head);
        head = 0;
      }
      await clock.sleep(Math.max(1, (queue[head] as Waiting).dueAt - ticks()), never);
    }
  };

  return {
    begin(expire) {
      const waiting: Waiting = { dueAt: ticks() + afterMs, expire };
      queue.push(waiting);
      if (!running) {
        running = true;
        void run();
      }
      return () => {
        waiting.expire = null;
      };
    },
  };
}
