import { createKafkaEventSink, createKafkaTopicReader } from '@offerlock/event-log/kafka';
import { createKafkaLog } from '../../support/kafka-log.ts';
import { until } from '../../support/until.ts';
import { describeEventLogEdges } from '../event-log-edges.contract.ts';
import type { TransactionalHarness } from '../event-log-fixture.ts';
import { describeTransactionalLog } from '../event-log-transactions.contract.ts';
import { describeEventLog } from '../event-log.contract.ts';

async function createHarness(): Promise<TransactionalHarness> {
  const log = await createKafkaLog({ partitions: 4 });
  const { admin, connection, groupId } = log;
  return {
    member: (options = {}) => log.member(options),
    sink: () => createKafkaEventSink({ connection }),
    reader: () => createKafkaTopicReader({ connection }),
    put: (partition, values) => log.put(partition, values),
    // The marker takes an offset too.
    leaveGap: (partition, offsets) => log.abortTransaction(partition, offsets - 1),
    abortTransaction: (partition, records) => log.abortTransaction(partition, records),
    fence: (partition) => log.fence(partition),
    moveCommitted: async (partition, offset) => {
      const partitions = [{ partition, offset: String(offset) }];
      await admin.setOffsets({ groupId, topic: log.topic('events'), partitions });
    },
    removeTopic: async (topic) => {
      await admin.deleteTopics({ topics: [log.topic(topic)] });
      await until('the topic is gone', async () => !(await admin.listTopics()).includes(log.topic(topic)));
    },
    passTime: () => new Promise((resolve) => setTimeout(resolve, 10)),
    close: () => log.close(),
  };
}

describeEventLog('Kafka', createHarness);
describeEventLogEdges('Kafka', createHarness);
describeTransactionalLog('Kafka', createHarness);
