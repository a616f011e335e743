import type { CompactedTopic, DataDirectory, StoredTopic } from '@offerlock/data-directory';
import { topicNames, type Topic } from '@offerlock/schemas';

/** Topics that keep the newest record of each key. */
export type CompactedRole = 'offerStates' | 'actionMaps';

export type EmbeddedTopics = Readonly<
  Record<Exclude<Topic, CompactedRole>, StoredTopic> & Record<CompactedRole, CompactedTopic>
>;

/** The topics of a directory; it holds one installation, so their names need no prefix. */
export function embeddedTopics(directory: DataDirectory): EmbeddedTopics {
  return {
    events: directory.topic(topicNames.events),
    metrics: directory.topic(topicNames.metrics),
    deadLetters: directory.topic(topicNames.deadLetters),
    offerStates: directory.compactedTopic(topicNames.offerStates),
    timers: directory.topic(topicNames.timers),
    blockedOffers: directory.topic(topicNames.blockedOffers),
    actionMaps: directory.compactedTopic(topicNames.actionMaps),
  };
}
