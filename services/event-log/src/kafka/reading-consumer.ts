import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';

/**
 * kafkajs fetches for groups only: a consumer with a group of its own, of a random name (`offerlock-reader-...`). It
 * commits nothing and its caller deletes the group, which the broker would forget by itself. Whenever it joins, it
 * begins at the beginning, until its caller has it seek. It is not restarted: kafkajs's own restart cannot be stopped.
 */
export function createReadingConsumer(
  kafka: Kafka,
  settings: { readonly fetchBytesPerPartition: number },
): { readonly consumer: Consumer; readonly groupId: string } {
  const groupId = `offerlock-reader-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    readUncommitted: false,
    minBytes: 1,
    maxBytesPerPartition: settings.fetchBytesPerPartition,
    // Committed data may stay unseen as long as a fetch waits.
    maxWaitTimeInMs: 50,
    allowAutoTopicCreation: false,
    retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
  });
  return { consumer, groupId };
}
