export { openDuckDbReportStore, type DuckDbReportStoreOptions } from './duckdb-report-store.ts';
