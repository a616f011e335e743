import { createHandClock, createMemoryLog } from '@offerlock/event-log/memory';
import { describeDocuments } from '../documents.contract.ts';
import { describeEventLogEdges } from '../event-log-edges.contract.ts';
import type { TransactionalHarness } from '../event-log-fixture.ts';
import { describeTransactionalLog } from '../event-log-transactions.contract.ts';
import { describeEventLog } from '../event-log.contract.ts';
import { describeTopicFollower, describeTransactionalFollower } from '../topic-follower.contract.ts';

function createHarness(): Promise<TransactionalHarness> {
  const clock = createHandClock();
  const log = createMemoryLog({ partitions: 4, scheduler: clock });
  return Promise.resolve({
    member: (options = {}) => log.eventLog(options),
    sink: (topic = 'events') => log.sink({ topic }),
    follower: () => log.follower(),
    documents: () => log.documents(),
    reader: () => log.reader(),
    put: async (partition, values) =>
      log.put(
        partition,
        values.map((value) => ({ key: 'k', value: Buffer.from(value) })),
      ),
    leaveGap: async (partition, offsets) => log.faults.abortTransaction('events', partition, offsets - 1),
    abortTransaction: async (partition, records) => log.faults.abortTransaction('events', partition, records),
    fence: async (partition) => log.faults.fence(partition),
    moveCommitted: async (partition, offset) => log.faults.moveCommitted(partition, offset),
    deleteBefore: async (partition, offset) => log.faults.deleteBefore('events', partition, offset),
    removeTopic: async (topic) => log.faults.removeTopic(topic),
    passTime: async () => {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      clock.advance(100);
    },
    close: () => Promise.resolve(),
  });
}

describeEventLog('memory', createHarness);
describeEventLogEdges('memory', createHarness);
describeTransactionalLog('memory', createHarness);
describeTopicFollower('memory', createHarness);
describeTransactionalFollower('memory', createHarness);
describeDocuments('memory', createHarness);
