import type { Topic } from '@offerlock/schemas';
import type { Following, TopicFollower } from '../follow.ts';
import { followLocal } from '../local/follow-local.ts';
import type { MemoryBroker } from './memory-broker.ts';

const recordsMax = 1_000;

export function createMemoryFollower(
  broker: MemoryBroker,
  requireTopic: (topic: Topic) => void,
): TopicFollower {
  const followings = new Set<Following>();
  return {
    follow: async (topic, from, onRecords) => {
      await broker.untilAvailable();
      requireTopic(topic);
      const following = followLocal(
        {
          partitions: broker.partitionsOf(topic).length,
          isAvailable: () => broker.available,
          bounds: (partition) => broker.partition(topic, partition),
          read: (partition, offset) => broker.partition(topic, partition).read(offset, recordsMax),
          onChange: (listener) => broker.onChange(listener),
        },
        from,
        onRecords,
      );
      followings.add(following);
      return following;
    },
    close: async () => {
      await Promise.all([...followings].map((following) => following.stop()));
    },
  };
}
