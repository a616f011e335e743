export {
  createMemoryProjection,
  type MemoryProjection,
  type MemoryProjectionOptions,
  type ProjectedEntry,
  type ProjectionFaults,
  type SaveFault,
} from './memory-projection.ts';
