import type { Documents, DocumentTopic } from '../documents.ts';
import { partitionOfKey } from '../local/partition-of-key.ts';
import type { LocalScheduler } from '../local/scheduler.ts';
import type { MemoryBroker } from './memory-broker.ts';

export function createMemoryDocuments(
  broker: MemoryBroker,
  scheduler: LocalScheduler,
  topic: DocumentTopic,
): Documents {
  return {
    change: async (key, change) => {
      await scheduler.before({ step: 'append', member: 'documents', partition: -1 });
      broker.requireAvailable();
      const partitions = broker.partitionsOf(topic).length;
      const partition = broker.partition(topic, partitionOfKey(Buffer.from(key), partitions));
      const { records } = partition.read(0n, Number.MAX_SAFE_INTEGER);
      const present = records.findLast((record) => record.key?.toString() === key)?.value ?? null;
      const value = change(present);
      if (value === null) return present;
      partition.append([{ key, value }], broker.now());
      broker.changed();
      return value;
    },
    close: () => Promise.resolve(),
  };
}
