export type * from './ports.ts';
export {
  openDataDirectory,
  type CompactedTopicOptions,
  type DataDirectoryOptions,
  type PlainTopicOptions,
} from './open-data-directory.ts';
export { importTable, requireFinishedImport } from './unfinished-import.ts';
