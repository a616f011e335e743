export type * from './ports.ts';
export type * from './transfer.ts';
