import type { DataDirectory } from '@offerlock/data-directory';
import type { Following, TopicFollower } from '../follow.ts';
import { followLocal } from '../local/follow-local.ts';
import { embeddedTopics } from './topics.ts';

const limits = { recordsMax: 1_000, bytesMax: 1_048_576 };

/**
 * Follows the topics of a directory; a transaction that appended wakes it. To begin with a time it looks through what lies
 * before that. Close it before the directory.
 */
export function createEmbeddedTopicFollower(directory: DataDirectory): TopicFollower {
  const topics = embeddedTopics(directory);
  const followings = new Set<Following>();
  return {
    follow: async (topic, from, onRecords) => {
      const stored = topics[topic];
      const following = followLocal(
        {
          partitions: directory.partitions,
          isAvailable: () => true,
          bounds: (partition) => stored.bounds(partition),
          read: (partition, offset) => stored.read(partition, offset, limits),
          onChange: (listener) => stored.onAppend(listener),
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
