export { createMemoryRegistry, type MemoryRegistry } from './registry.ts';
