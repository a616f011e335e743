import { setTimeout as delay } from 'node:timers/promises';
import type { PartitionOffset, Transaction } from 'kafkajs';
import { typesOf } from './log-error.ts';

const triesMax = 200;
const pauseMs = 10;

/**
 * Adds the group's offset to the transaction. kafkajs asks Kafka to add the group outside its own retries, so this
 * tries again while Kafka still ends the producer's last transaction.
 */
export async function sendOffset(
  transaction: Transaction,
  place: { readonly groupId: string; readonly topic: string; readonly partition: number },
  committed: { readonly offset: bigint; readonly metadata: string },
): Promise<void> {
  const { groupId, topic, partition } = place;
  // kafkajs passes the metadata on, but its types do not know.
  const offset: PartitionOffset & { metadata: string } = {
    partition,
    offset: String(committed.offset),
    metadata: committed.metadata,
  };
  for (let tries = 1; ; tries += 1) {
    try {
      await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic, partitions: [offset] }] });
      return;
    } catch (error) {
      if (tries >= triesMax || !typesOf(error).includes('CONCURRENT_TRANSACTIONS')) throw error;
      await delay(tries === 1 ? 2 : pauseMs);
    }
  }
}
