import type { DataDirectory, StoredTopic } from '@offerlock/data-directory';
import { topicName } from '@offerlock/schemas';
import type { OutputTopic } from '../ports.ts';

export type EmbeddedTopics = Readonly<Record<'events' | OutputTopic, StoredTopic>>;

/** The topics of a directory; it holds one installation, so their names need no prefix. */
export function embeddedTopics(directory: DataDirectory): EmbeddedTopics {
  return {
    events: directory.topic(topicName('events', '')),
    metrics: directory.topic(topicName('metrics', '')),
    deadLetters: directory.topic(topicName('deadLetters', '')),
    offerStates: directory.compactedTopic(topicName('offerStates', '')),
    timers: directory.topic(topicName('timers', '')),
  };
}
