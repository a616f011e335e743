import type { DataDirectory, WriteTransaction } from '@offerlock/data-directory';
import { OfferlockError } from '@offerlock/lifecycle';

/** `directory.write` for those who know the projection only: a disk that is full or fails is `PROJECTION_UNAVAILABLE`. */
export async function writeDurably<T>(
  directory: DataDirectory,
  job: (transaction: WriteTransaction) => T,
): Promise<T> {
  try {
    return await directory.write(job);
  } catch (cause) {
    if (!(cause instanceof OfferlockError) || cause.code !== 'LOG_UNAVAILABLE') throw cause;
    throw new OfferlockError('PROJECTION_UNAVAILABLE', cause.message, { cause, details: cause.details });
  }
}
