export { createConfluentRegistry, type ConfluentRegistryOptions } from './registry.ts';
