export type * from './agent-board.ts';
export type * from './offer-desk.ts';
export type * from './ports.ts';
export { epochOfPosition, offsetOfPosition, parsePosition, positionOf, type Position } from './position.ts';
