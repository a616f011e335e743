export type * from './documents.ts';
export type * from './follow.ts';
export type * from './ports.ts';
export type * from './transfer.ts';
export { partitionOfKey } from './local/partition-of-key.ts';
