export { projectorVariables } from './config.ts';
export { noteFreshness, type FreshnessParts } from './freshness.ts';
export { createProjector, type Projector, type ProjectorParts } from './projector.ts';
export { metricIdOf, type MetricName } from './metric-id.ts';
export { restoreProjection, type RestoreParts } from './restore.ts';
export type { DeadLetterReason } from './incoming.ts';
export type { Tallies, Tally } from './tally.ts';
