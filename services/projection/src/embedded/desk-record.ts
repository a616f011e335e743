import { OfferlockError } from '@offerlock/lifecycle';
import type { PendingOffer } from '../offer-desk.ts';

/** What the desk of a data directory keeps of a customer, as JSON. */
export interface DeskRecord {
  readonly pending: readonly PendingOffer[];
  readonly answers: readonly {
    readonly requestId: string;
    readonly text: string;
    /** ms since 1970. */
    readonly until: number;
  }[];
  readonly revision: number;
  /** ms since 1970. */
  readonly writtenAtMs: number;
}

export const emptyDesk: DeskRecord = { pending: [], answers: [], revision: 0, writtenAtMs: 0 };

/** Throws `PROJECTION_CORRUPT`. */
export function parseDesk(value: Buffer, key: string): DeskRecord {
  try {
    const record: unknown = JSON.parse(value.toString());
    // Nobody else writes into the directory, and what the disk has spoilt is no JSON.
    if (typeof record === 'object' && record !== null && 'writtenAtMs' in record) return record as DeskRecord;
  } catch {
    // Told below.
  }
  throw new OfferlockError('PROJECTION_CORRUPT', `not what the desk wrote: ${key} in the data directory`, {
    details: { key },
  });
}
