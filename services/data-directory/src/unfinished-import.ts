import { OfferlockError } from '@offerlock/lifecycle';
import type { DataDirectory } from './ports.ts';

/** The table that holds something exactly while an import is under way. */
export const importTable = 'import';

/**
 * For whoever wants to work on a directory. Error: `DATA_DIRECTORY_UNUSABLE` when an import into it began and did not
 * end: parts of its records are missing.
 */
export function requireFinishedImport(directory: DataDirectory): void {
  for (const _ of directory.table(importTable).entries()) {
    throw new OfferlockError(
      'DATA_DIRECTORY_UNUSABLE',
      `${directory.path}: an import into this data directory has not ended, so records are missing. Run \`offerlock import\` ` +
        'again as before, and it goes on; or delete the directory',
      { details: { path: directory.path } },
    );
  }
}
