import { expect, test } from '@jest/globals';
import type { DataDirectory } from '@offerlock/data-directory';
import {
  committedOffsets,
  createEmbeddedDocuments,
  createEmbeddedEventLog,
  createEmbeddedEventSink,
  createEmbeddedTopicFollower,
  createEmbeddedTopicReader,
  LocalGroup,
  type BatchCommit,
} from '@offerlock/event-log/embedded';
import { OfferlockError } from '@offerlock/lifecycle';
import { topicNames } from '@offerlock/schemas';
import { createDirectoryPlace } from '../../support/data-directory.ts';
import { recordingObserver } from '../../support/recording-observer.ts';
import { until } from '../../support/until.ts';
import { describeDurableLog } from '../event-log-durable.contract.ts';
import { describeDocuments } from '../documents.contract.ts';
import { describeEventLogEdges } from '../event-log-edges.contract.ts';
import type { DurableHarness } from '../event-log-fixture.ts';
import { describeEventLog } from '../event-log.contract.ts';
import { describeTopicFollower } from '../topic-follower.contract.ts';

const backoff = { minMs: 10, maxMs: 100 };

async function createHarness(): Promise<DurableHarness> {
  const place = await createDirectoryPlace();
  const gaps = new Map<number, bigint>();
  let directory: DataDirectory;
  let group: LocalGroup;
  const begin = async () => {
    directory = await place.open();
    group = new LocalGroup(directory.partitions);
  };
  await begin();
  return {
    member: (options = {}) => createEmbeddedEventLog(directory, { ...options, backoff, group }),
    sink: (topic = 'events') => createEmbeddedEventSink(directory, { topic }),
    follower: () => createEmbeddedTopicFollower(directory),
    documents: () => createEmbeddedDocuments(directory),
    reader: () => createEmbeddedTopicReader(directory),
    put: async (partition, values) => {
      const events = directory.topic(topicNames.events);
      const offset = events.bounds(partition).endOffset + (gaps.get(partition) ?? 0n);
      gaps.delete(partition);
      const records = values.map((value) => ({ key: 'k', value: Buffer.from(value) }));
      await directory.write((transaction) =>
        transaction.append(
          events,
          partition,
          records.map((record, at) => ({ ...record, offset: offset + BigInt(at) })),
        ),
      );
    },
    leaveGap: async (partition, offsets) => {
      gaps.set(partition, BigInt(offsets));
    },
    fence: (partition) =>
      directory.write((transaction) => {
        const offsets = committedOffsets(directory);
        const { offset = 0n, mark = null } = offsets.get(partition, transaction) ?? {};
        const { epoch = 1, trustedEpoch = 1 } = mark ?? {};
        offsets.put(transaction, partition, { offset, mark: { epoch: epoch + 1, trustedEpoch } });
      }),
    moveCommitted: (partition, offset) =>
      directory.write((transaction) =>
        committedOffsets(directory).put(transaction, partition, { offset, mark: null }),
      ),
    passTime: () =>
      new Promise((resolve) => {
        setTimeout(resolve, 2);
      }),
    restart: async () => {
      // What runs in this process cannot be killed apart: it goes on, and finds the directory closed.
      await directory.close();
      await begin();
    },
    close: async () => {
      await directory.close();
      await place.remove();
    },
  };
}

describeEventLog('a data directory', createHarness);
describeEventLogEdges('a data directory', createHarness);
describeDurableLog('a data directory', createHarness);
describeTopicFollower('a data directory', createHarness);
describeDocuments('a data directory', createHarness);

test('an offset that nobody of us wrote halts its partition', async () => {
  const place = await createDirectoryPlace();
  const directory = await place.open();
  const table = directory.table('offsets.projector');
  await directory.write((transaction) => transaction.put(table, '2', Buffer.from('twelve')));
  const { observer, observed } = recordingObserver();
  const log = createEmbeddedEventLog(directory);
  await log.consume(() => Promise.resolve([]), observer);
  await until('a partition is halted', async () => observed.halted.length > 0);
  expect(observed.halted).toMatchObject([{ partition: 2, error: { code: 'LOG_CORRUPT' } }]);
  await log.close();
  await directory.close();
  await place.remove();
});

test('what is written alongside a batch is written once, and not at all when the commit fails', async () => {
  const place = await createDirectoryPlace();
  const directory = await place.open();
  const counts = directory.table('counts');
  const commits: BatchCommit[] = [];
  const log = createEmbeddedEventLog(directory, {
    backoff,
    alongside: (transaction, commit) => {
      commits.push(commit);
      transaction.put(counts, String(commits.length), Buffer.from('counted'));
      if (commits.length === 1) throw new OfferlockError('LOG_UNAVAILABLE', 'told to fail');
    },
  });
  const sink = createEmbeddedEventSink(directory);
  await sink.append(['a', 'b', 'c'].map((value) => ({ key: 'k', value: Buffer.from(value) })));
  const { observer, observed } = recordingObserver();
  await log.consume(() => Promise.resolve([]), observer);
  await until('the batch is committed', async () => observed.committed.length > 0);
  expect(commits).toMatchObject([
    { nextOffset: 3n, records: 3 },
    { nextOffset: 3n, records: 3 },
  ]);
  expect(commits[1]?.epoch).toBeGreaterThan(commits[0]?.epoch ?? Infinity);
  expect([...counts.entries()].map(([key]) => key)).toEqual(['2']);
  await log.close();
  await directory.close();
  await place.remove();
});
