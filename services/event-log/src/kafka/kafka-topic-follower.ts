import { topicName } from '@offerlock/schemas';
import type { TopicFollower } from '../follow.ts';
import type { BackoffOptions } from '../owner/backoff.ts';
import { createAdminClient } from './admin-client.ts';
import { createKafka, type KafkaClientOptions } from './client.ts';
import { withDeadline } from './deadline.ts';
import { createDisposal } from './disposal.ts';
import { followKafka, type KafkaFollowing } from './kafka-following.ts';

export interface KafkaTopicFollowerOptions extends KafkaClientOptions {
  readonly fetchBytesPerPartition?: number;
  /** The wait after a failure. Default: from 200 ms up to 5 s. */
  readonly backoff?: BackoffOptions;
}

export const followDefaults = {
  fetchBytesPerPartition: 4 * 1_048_576,
  backoff: { minMs: 200, maxMs: 5_000 },
};
const closeTimeoutMs = 5_000;

/** Follows topics of Kafka, each by a consumer with a group of its own. Committed records come within about 50 ms. */
export function createKafkaTopicFollower(options: KafkaTopicFollowerOptions): TopicFollower {
  const kafka = createKafka(options, { retries: 5 });
  const disposal = createDisposal();
  const admin = createAdminClient(kafka, disposal);
  const settings = { ...followDefaults, ...options, kafka, admin, logger: options.logger };
  const closing = new AbortController();
  const followings = new Set<KafkaFollowing>();
  return {
    follow: async (topic, from, onRecords) => {
      const name = topicName(topic, options.connection.topicPrefix);
      const following = await followKafka(settings, name, from, onRecords, closing.signal);
      followings.add(following);
      if (closing.signal.aborted) await following.followed.stop();
      return following.followed;
    },
    close: async () => {
      closing.abort();
      const all = [...followings];
      await Promise.all(all.map(({ followed }) => followed.stop()));
      const left = Promise.all(all.map((following) => following.left));
      await withDeadline(left, closeTimeoutMs, 'close').catch(() => {});
      const closed = Promise.all([admin.close(), disposal.settled()]);
      await withDeadline(closed, closeTimeoutMs, 'close').catch(() => {});
    },
  };
}
