export { createConfluentRegistry } from './registry.ts';
