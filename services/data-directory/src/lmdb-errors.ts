import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { OfferlockError } from '@offerlock/lifecycle';

/** Without the addresses of memory that lmdb-js adds. */
const text = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split(': Attempting')[0] ?? '';

/**
 * A transaction that could not be written. LMDB tells a disk that became full in the middle of a write as an error of
 * input and output, so the message says how much room there is.
 */
export function writeFailed(file: string, cause: unknown): OfferlockError {
  return new OfferlockError(
    'LOG_UNAVAILABLE',
    `cannot write to ${file}: ${text(cause)} (${freeSpace(file)}). Nothing of this write was kept. If the disk or a ` +
      'quota is full, free space: writing goes on as soon as there is some',
    { details: { file }, cause },
  );
}

/** LMDB takes no more transactions after one of its headers could not be written. */
export function writingEnded(file: string, cause: unknown): OfferlockError {
  return new OfferlockError(
    'LOG_UNAVAILABLE',
    `cannot write to ${file} any more, because the disk failed at an earlier write (${text(cause)}). Look after the disk, ` +
      'then start the process again',
    { details: { file }, cause },
  );
}

/** Another process holds the directory now: it took this one for dead. */
export function takenOver(file: string): OfferlockError {
  return new OfferlockError(
    'DATA_DIRECTORY_IN_USE',
    `cannot write to ${file} any more: another process has taken the data directory over, because this one seemed to be ` +
      'gone. Nothing of this write was kept; stop one of the two, then start this one again',
    { details: { file } },
  );
}

function freeSpace(file: string): string {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return `${Math.floor((bavail * bsize) / 1_048_576)} MB free there`;
  } catch {
    return 'free space unknown';
  }
}

/** LMDB has negative codes of its own; positive ones are those of the operating system, which failed, not the file. */
export function readFailed(file: string, cause: unknown): OfferlockError {
  const { code } = cause as { code?: unknown };
  if (typeof code !== 'number' || code < 0) return structureDamaged(file, text(cause));
  return new OfferlockError('LOG_UNAVAILABLE', `cannot open or read ${file}: ${text(cause)}`, {
    details: { file },
    cause,
  });
}

/** The structure of a file is broken. */
export function structureDamaged(file: string, cause: string): OfferlockError {
  return new OfferlockError(
    'LOG_CORRUPT',
    `${file} is damaged: ${cause}. Nothing was changed; restore the data directory from a copy`,
    { details: { file } },
  );
}
