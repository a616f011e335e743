export type * from './ports.ts';
export { countedMetrics, granularities, lateAfterMs, reportDimensions } from './ports.ts';
export {
  startIngest,
  type IngestObserver,
  type IngestOptions,
  type Ingestion,
  type ReportDecoders,
} from './ingest.ts';
export { metricDefinitions, type MetricDefinition } from './report/definitions.ts';
export {
  parseReportRequest,
  type ParameterProblem,
  type ParsedRequest,
  type ReportRequest,
} from './report/report-request.ts';
export {
  actionMapsReport,
  blockedReport,
  type BlockedReportRow,
  type Report,
  type ReportRow,
  type ShownPeriod,
} from './report/report.ts';
