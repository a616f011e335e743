export type * from './ports.ts';
export { epochOfPosition, offsetOfPosition, parsePosition, positionOf, type Position } from './position.ts';
