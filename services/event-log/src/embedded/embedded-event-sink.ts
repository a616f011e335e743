import type { DataDirectory, NewStoredRecord } from '@offerlock/data-directory';
import { createPartitioner } from '../local/partition-of-key.ts';
import type { EventSink, SinkTopic } from '../ports.ts';
import { embeddedTopics } from './topics.ts';

/** What waits for the next transaction. */
interface Waiting {
  readonly records: Map<number, NewStoredRecord[]>;
  readonly written: Promise<void>;
}

/**
 * Producers in this process, of the events by default. Calls that wait for the same transaction leave one chunk of records per partition behind,
 * however small each of them was, so that a thousand visitors cost little more than one.
 */
export function createEmbeddedEventSink(
  directory: DataDirectory,
  { topic = 'events' }: { readonly topic?: SinkTopic } = {},
): EventSink {
  const stored = embeddedTopics(directory)[topic];
  const partitionOf = createPartitioner(directory.partitions);
  let waiting: Waiting | null = null;

  const begin = (): Waiting => {
    const records = new Map<number, NewStoredRecord[]>();
    const written = directory.write((transaction) => {
      // From here on the records are on their way: later ones take the next transaction.
      waiting = null;
      for (const [partition, some] of records) transaction.append(stored, partition, some);
    });
    return { records, written };
  };

  return {
    append: async (records) => {
      waiting ??= begin();
      const { written } = waiting;
      for (const record of records) {
        const partition = partitionOf(record.key);
        const some = waiting.records.get(partition);
        if (some === undefined) waiting.records.set(partition, [record]);
        else some.push(record);
      }
      await written;
    },
    close: async () => {
      await waiting?.written.catch(() => undefined);
    },
  };
}
