export type { CommittedOffset } from '../owner/committed-offset.ts';
export type { LocalScheduler, LocalStep } from '../local/scheduler.ts';
export { createHandClock, type HandClock } from './hand-clock.ts';
export type { CommitFault } from './memory-broker.ts';
export {
  createMemoryLog,
  type MemoryLog,
  type MemoryLogFaults,
  type MemoryMemberOptions,
} from './memory-log.ts';
