import { importTable, type DataDirectory, type WriteTransaction } from '@offerlock/data-directory';
import type { OpenDirectory, PartitionedTopic } from '../ports.ts';
import { allTopics } from './export-target.ts';
import { TransferRefused } from './transfer-refused.ts';

/** Where an import comes from. */
export interface ImportSource {
  /** Of the Kafka cluster. */
  readonly cluster: string;
  readonly topicPrefix: string;
  readonly groupId: string;
}

const sourceKey = 'source';
const countKey = (topic: PartitionedTopic, partition: number) => `read/${topic}/${partition}`;

/**
 * Notes in the directory that an import is under way, or finds that note of an earlier run. Error: `TransferRefused`
 * when the directory holds anything else.
 */
export async function beginImport(opened: OpenDirectory, source: ImportSource): Promise<void> {
  const { directory } = opened;
  const table = directory.table(importTable);
  const text = JSON.stringify(source);
  const found = table.get(sourceKey)?.toString() ?? null;
  if (found === text) return;
  if (found !== null) {
    throw new TransferRefused(
      `${directory.path}: an import from ${found} has begun there, and this one is from ${text}: finish that one, or ` +
        'give another directory',
    );
  }
  if (holdsAnything(opened)) {
    throw new TransferRefused(
      `${directory.path} holds records already: an import makes a new data directory`,
    );
  }
  await directory.write((transaction) => transaction.put(table, sourceKey, Buffer.from(text)));
}

function holdsAnything({ directory, topic, states, committed }: OpenDirectory): boolean {
  for (let partition = 0; partition < directory.partitions; partition += 1) {
    if (committed(partition) !== null) return true;
    for (const one of allTopics) {
      const stored = one === 'offerStates' ? states : topic(one);
      if (stored.bounds(partition).endOffset > 0n) return true;
    }
  }
  return false;
}

/** Adds to the records that were read of a partition, in the transaction that stores them. */
export function countRead(
  transaction: WriteTransaction,
  directory: DataDirectory,
  { topic, partition }: { readonly topic: PartitionedTopic; readonly partition: number },
  records: number,
): void {
  const table = directory.table(importTable);
  const key = countKey(topic, partition);
  const before = transaction.get(table, key)?.toString() ?? '0';
  transaction.put(table, key, Buffer.from(String(Number(before) + records)));
}

/** Records of a topic that this run and earlier ones have read, by partition. */
export function recordsRead(directory: DataDirectory, topic: PartitionedTopic): readonly number[] {
  const table = directory.table(importTable);
  return Array.from({ length: directory.partitions }, (_, partition) =>
    Number(table.get(countKey(topic, partition))?.toString() ?? '0'),
  );
}

/** The directory is complete. */
export function endImport(transaction: WriteTransaction, directory: DataDirectory): void {
  const table = directory.table(importTable);
  for (const [key] of table.entries()) transaction.remove(table, key);
}
