import type { CommittedOffset, LogTransfer, TopicRecord, TransferRecord } from '@offerlock/event-log';
import { OfferlockError } from '@offerlock/lifecycle';
import { topicNames, type Topic } from '@offerlock/schemas';

/** A log in memory, with as many partitions per topic as it is told. */
export interface TestLog {
  transfer(): LogTransfer;
  /** What each partition holds, null where an offset is taken by something that no reader sees. */
  readonly topics: Readonly<Record<Topic, readonly (TopicRecord | null)[][]>>;
  readonly committed: (CommittedOffset | null)[];
  /** Projectors that are running. */
  members: number;
  /** Writes what nobody expects there; null for a marker. */
  put(topic: Topic, partition: number, record: TransferRecord | null): void;
  /** What retention does. */
  deleteBefore(topic: Topic, partition: number, offset: bigint): void;
  /** The append after so many rejects, after it was executed or instead. */
  failAppend(after: number, executed: boolean): void;
  /** The read that comes after so many pieces of records breaks off before the next one. */
  failRead(after: number): void;
}

const recordsAtOnce = 8;

export function createTestLog(partitions: number): TestLog {
  const names = Object.keys(topicNames) as Topic[];
  const perTopic = <T>(make: () => T) =>
    Object.fromEntries(names.map((name) => [name, Array.from({ length: partitions }, make)])) as Record<
      Topic,
      T[]
    >;
  const topics = perTopic((): (TopicRecord | null)[] => []);
  const starts = perTopic(() => 0n);
  let piecesLeft = Infinity;
  const failures: { after: number; executed: boolean }[] = [];

  const recordsOf = (topic: Topic, partition: number): (TopicRecord | null)[] => {
    const found = topics[topic][partition];
    if (found === undefined) throw new Error(`no partition ${partition}`);
    return found;
  };
  const put: TestLog['put'] = (topic, partition, record) => {
    const records = recordsOf(topic, partition);
    const offset = BigInt(records.length);
    if (record === null) records.push(null);
    else {
      // As on their way through a network: nothing is shared, everything is bytes.
      const { key, value, headers, timestampMs } = record;
      const copy = Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes)]);
      records.push({
        partition,
        offset,
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        headers: Object.fromEntries(copy) as Record<string, Buffer>,
        timestampMs,
      });
    }
  };

  const log: TestLog = {
    topics,
    committed: Array.from({ length: partitions }, () => null),
    members: 0,
    put,
    deleteBefore: (topic, partition, offset) => {
      starts[topic][partition] = offset;
    },
    failAppend: (after, executed) => failures.push({ after, executed }),
    failRead: (after) => {
      piecesLeft = after;
    },
    transfer: () => ({
      identity: async () => 'test-cluster',
      bounds: async (topic) =>
        topics[topic].map((records, partition) => ({
          startOffset: starts[topic][partition] ?? 0n,
          endOffset: BigInt(records.length),
        })),
      read: async (topic, from, onRecords) => {
        let count = 0;
        for (const [partition, offset] of from) {
          const start = starts[topic][partition] ?? 0n;
          const records = recordsOf(topic, partition)
            .slice(Number(offset > start ? offset : start))
            .filter((record) => record !== null);
          count += records.length;
          for (let at = 0; at < records.length; at += recordsAtOnce) {
            piecesLeft -= 1;
            if (piecesLeft < 0) {
              piecesLeft = Infinity;
              throw new OfferlockError('LOG_UNAVAILABLE', 'the read was told to fail');
            }
            await onRecords(records.slice(at, at + recordsAtOnce));
          }
        }
        return { records: count };
      },
      append: async (topic, partition, records) => {
        const [failure] = failures;
        const isDue = failure !== undefined && (failure.after -= 1) < 0;
        const offset = BigInt(recordsOf(topic, partition).length);
        if (!isDue || failure.executed) for (const record of records) put(topic, partition, record);
        if (!isDue) return offset;
        failures.shift();
        throw new OfferlockError('LOG_UNAVAILABLE', 'the append was told to fail');
      },
      group: async () => ({ members: log.members, committed: [...log.committed] }),
      commit: async (partition, place) => {
        log.committed[partition] = place;
      },
      close: async () => {},
    }),
  };
  return log;
}
