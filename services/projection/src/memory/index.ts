export {
  createMemoryProjection,
  type MemoryProjection,
  type ProjectedEntry,
  type ProjectionFaults,
  type SaveFault,
} from './memory-projection.ts';
