export type * from './ports.ts';
export type * from './records.ts';
export { deadLetterHeaders } from './dead-letters.ts';
