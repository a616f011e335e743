export { createEmbeddedRegistry } from './registry.ts';
