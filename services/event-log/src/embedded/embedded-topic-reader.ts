import { setImmediate as otherEvents } from 'node:timers/promises';
import type { CompactedTopic, DataDirectory, StoredTopic } from '@offerlock/data-directory';
import type { TopicReader, TopicRecord } from '../ports.ts';
import { embeddedTopics } from './topics.ts';

const limits = { recordsMax: 1_000, bytesMax: 1_048_576 };

/**
 * Reads the topics of a directory, page by page, so that a long read leaves room for what else the process does. Of
 * compacted topics it gives the newest record of each key that has a value, in order of the keys.
 */
export function createEmbeddedTopicReader(directory: DataDirectory): TopicReader {
  const topics = embeddedTopics(directory);
  return {
    read: async (topic, onRecords) => {
      const pages =
        topic === 'offerStates' || topic === 'actionMaps'
          ? pagesOfEntries(topics[topic])
          : pagesOf(topics[topic], directory.partitions);
      let records = 0;
      for (const page of pages) {
        records += page.length;
        await onRecords(page);
        await otherEvents();
      }
      return { records };
    },
    close: () => Promise.resolve(),
  };
}

function* pagesOf(topic: StoredTopic, partitions: number): Generator<readonly TopicRecord[], void> {
  const ends = Array.from({ length: partitions }, (_, partition) => topic.bounds(partition).endOffset);
  for (const [partition, end] of ends.entries()) {
    for (let from = 0n; from < end;) {
      const { records, nextOffset } = topic.read(partition, from, limits);
      const page = records.filter(({ offset }) => offset < end);
      if (page.length > 0) yield page.map((record) => Object.assign({ partition }, record));
      from = nextOffset;
    }
  }
}

function* pagesOfEntries(topic: CompactedTopic): Generator<readonly TopicRecord[], void> {
  let after: string | undefined;
  do {
    const entries = topic.entries(limits.recordsMax, after);
    after = entries.at(-1)?.record.key?.toString();
    if (entries.length > 0)
      yield entries.map(({ partition, record }) => Object.assign({ partition }, record));
  } while (after !== undefined);
}
