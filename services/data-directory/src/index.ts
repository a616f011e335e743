export type * from './ports.ts';
export { importTable, requireFinishedImport } from './unfinished-import.ts';
