import type { DataDirectory, WriteTransaction } from '@offerlock/data-directory';
import { OfferlockError } from '@offerlock/lifecycle';
import type { CommittedOffset } from '../owner/committed-offset.ts';
import { markFromText, markToText } from '../owner/mark.ts';

/** The group of the projector, where no other is named. */
export const projectorGroup = 'projector';

/** How far a group has come, partition by partition: what a group's offsets and their metadata are on Kafka. */
export interface CommittedOffsets {
  /** null before the first claim. With a transaction: as that sees it. Error: `LOG_CORRUPT`. */
  get(partition: number, transaction?: WriteTransaction): CommittedOffset | null;
  /** An offset without a mark is taken, but states beyond it are not trusted. */
  put(transaction: WriteTransaction, partition: number, committed: CommittedOffset): void;
}

/** Kept in a table of the group, `<offset> <mark>` by partition. */
export function committedOffsets(directory: DataDirectory, group = projectorGroup): CommittedOffsets {
  const table = directory.table(`offsets.${group}`);
  return {
    get: (partition, transaction) => {
      const key = String(partition);
      const value = transaction === undefined ? table.get(key) : transaction.get(table, key);
      return value === null ? null : parse(value.toString('latin1'), table.name, partition);
    },
    put: (transaction, partition, { offset, mark }) => {
      const text = mark === null ? `${offset}` : `${offset} ${markToText(mark)}`;
      transaction.put(table, String(partition), Buffer.from(text, 'latin1'));
    },
  };
}

const valuePattern = /^(\d+)(?: (.+))?$/;

function parse(value: string, table: string, partition: number): CommittedOffset {
  const [, offset, mark] = valuePattern.exec(value) ?? [];
  if (offset === undefined) {
    throw new OfferlockError('LOG_CORRUPT', `partition ${partition} of ${table} does not hold an offset`, {
      details: { table, partition },
    });
  }
  return { offset: BigInt(offset), mark: markFromText(mark ?? null) };
}
