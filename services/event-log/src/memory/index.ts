export { createMemoryLog, type MemoryLog, type MemoryLogFaults } from './memory-log.ts';
export type { CommitFault, CommittedOffset, MemoryTopic } from './memory-broker.ts';
export type { MemoryMemberOptions } from './memory-consumption.ts';
export { createHandClock, type HandClock, type MemoryScheduler, type MemoryStep } from './scheduler.ts';
