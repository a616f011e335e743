import type { DataDirectory } from '@offerlock/data-directory';
import type { Documents, DocumentTopic } from '../documents.ts';
import { partitionOfKey } from '../local/partition-of-key.ts';
import { embeddedTopics } from './topics.ts';

/** Each change is one job of the directory, and jobs run one after the other, so that `change` is called once. */
export function createEmbeddedDocuments(
  directory: DataDirectory,
  { topic = 'actionMaps' }: { readonly topic?: DocumentTopic } = {},
): Documents {
  const documents = embeddedTopics(directory)[topic];
  return {
    change: (key, change) =>
      directory.write((transaction) => {
        const present = transaction.newest(documents, key);
        const value = change(present);
        if (value === null) return present;
        const partition = partitionOfKey(Buffer.from(key), directory.partitions);
        transaction.append(documents, partition, [{ key, value }]);
        return value;
      }),
    close: () => Promise.resolve(),
  };
}
