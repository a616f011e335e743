import type { DataDirectory } from '@offerlock/data-directory';
import {
  committedOffsets,
  createEmbeddedEventLog,
  createEmbeddedEventSink,
  createEmbeddedTopicReader,
  LocalGroup,
} from '@offerlock/event-log/embedded';
import { topicNames } from '@offerlock/schemas';
import { createDirectoryPlace } from '../../support/data-directory.ts';
import { describeDurableLog } from '../event-log-durable.contract.ts';
import { describeEventLogEdges } from '../event-log-edges.contract.ts';
import type { DurableHarness } from '../event-log-fixture.ts';
import { describeEventLog } from '../event-log.contract.ts';

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
    sink: () => createEmbeddedEventSink(directory),
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
