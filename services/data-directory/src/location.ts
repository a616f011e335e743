import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OfferlockError } from '@offerlock/lifecycle';
import { hasHolders } from './holder.ts';
import { structureDamaged } from './lmdb-errors.ts';
import { readManifest } from './manifest.ts';

export const dataFile = 'data.mdb';

/** What a fresh file system has in its root. */
const alwaysThere = new Set(['lost+found']);

/**
 * Looks at the place before anything is written there. `made`: a data directory; `empty`: one can be made, also where
 * making one broke off. Errors: `DATA_DIRECTORY_UNUSABLE`, `DATA_FORMAT_UNSUPPORTED`, `LOG_CORRUPT`.
 */
export function inspectLocation(directory: string): 'missing' | 'empty' | 'made' {
  const names = listDirectory(directory);
  if (names === null) return 'missing';
  if (readManifest(directory) !== null) {
    if (!names.includes(dataFile)) throw structureDamaged(join(directory, dataFile), 'it is missing');
    return 'made';
  }
  const foreign = names.find((name) => !alwaysThere.has(name));
  if (foreign !== undefined && !hasHolders(directory)) {
    throw unusable(
      directory,
      `it holds other files (${foreign}) and no data of Offerlock. Name an empty or a new one`,
    );
  }
  return 'empty';
}

/** Makes the directory with those above it. Error: `DATA_DIRECTORY_UNUSABLE`. */
export function makeLocation(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw unusable(directory, `it cannot be made: ${(error as Error).message}`, error);
  }
}

export function unusable(directory: string, why: string, cause?: unknown): OfferlockError {
  return new OfferlockError(
    'DATA_DIRECTORY_UNUSABLE',
    `the data directory ${directory} cannot be used: ${why}`,
    {
      details: { directory },
      cause,
    },
  );
}

function listDirectory(directory: string): string[] | null {
  try {
    if (!statSync(directory).isDirectory())
      throw unusable(directory, 'it is a file, not a directory. Name another one');
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof OfferlockError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(directory, (error as Error).message, error);
  }
}
