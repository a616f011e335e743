export { createEmbeddedAgentBoard, type EmbeddedAgentBoardOptions } from './embedded-agent-board.ts';
export { createEmbeddedOfferDesk, type EmbeddedOfferDeskOptions } from './embedded-offer-desk.ts';
export {
  createEmbeddedProgressReader,
  type EmbeddedProgressReaderOptions,
} from './embedded-progress-reader.ts';
export {
  createEmbeddedProjection,
  type EmbeddedProjection,
  type EmbeddedProjectionOptions,
} from './embedded-projection.ts';
