import type { Clock } from '../owner/clock.ts';
import { systemClock } from '../owner/system-clock.ts';

/** Points at which another member, or a fault, may come in between. */
export interface LocalStep {
  readonly step: 'init-producer' | 'read-committed' | 'mark' | 'fetch' | 'commit' | 'append';
  readonly member: string;
  readonly partition: number;
}

/** Decides when things happen in a log of this process; all waiting in it goes through this. */
export interface LocalScheduler extends Clock {
  /** Resolves when the step may run. */
  before(step: LocalStep): Promise<void>;
}

/** Steps run at once, and time is the machine's. */
export const systemScheduler: LocalScheduler = { ...systemClock, before: () => Promise.resolve() };
