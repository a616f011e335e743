export {
  createEmbeddedProjection,
  type EmbeddedProjection,
  type EmbeddedProjectionOptions,
} from './embedded-projection.ts';
