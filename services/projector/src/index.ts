export { projectorVariables } from './config.ts';
export { createProjector, type Projector, type ProjectorParts } from './projector.ts';
export { metricIdOf, type MetricName } from './metric-id.ts';
export type { DeadLetterReason } from './incoming.ts';
export type { Tallies, Tally } from './tally.ts';
