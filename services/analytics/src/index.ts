export type * from './ports.ts';
export { countedMetrics, granularities, lateAfterMs, reportDimensions } from './ports.ts';
