export { environmentOf } from './environment.ts';
export { startStack, type StartOptions } from './start-stack.ts';
export type { ServerControl, Stack, StackKind, StackPorts } from './stack.ts';
