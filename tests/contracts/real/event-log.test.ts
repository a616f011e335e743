import { expect, test } from '@jest/globals';
import {
  createKafkaDocuments,
  createKafkaEventSink,
  createKafkaTopicFollower,
  createKafkaTopicReader,
} from '@offerlock/event-log/kafka';
import kafkajs from 'kafkajs';
import { createKafkaLog } from '../../support/kafka-log.ts';
import { until } from '../../support/until.ts';
import { describeDocuments } from '../documents.contract.ts';
import { describeEventLogEdges } from '../event-log-edges.contract.ts';
import type { TransactionalHarness } from '../event-log-fixture.ts';
import { describeTransactionalLog } from '../event-log-transactions.contract.ts';
import { describeEventLog } from '../event-log.contract.ts';
import { describeTopicFollower, describeTransactionalFollower } from '../topic-follower.contract.ts';

async function createHarness(): Promise<TransactionalHarness> {
  const configs = { actionMaps: { 'max.message.bytes': '8388608' } };
  const log = await createKafkaLog({ partitions: 4, configs });
  const { admin, connection, groupId } = log;
  return {
    member: (options = {}) => log.member(options),
    sink: (topic = 'events') => createKafkaEventSink({ connection, topic }),
    follower: () => createKafkaTopicFollower({ connection }),
    documents: () => createKafkaDocuments({ connection }),
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
    deleteBefore: async (partition, offset) => {
      const partitions = [{ partition, offset: String(offset) }];
      // kafkajs does not look up for itself who leads the partition.
      await admin.fetchTopicOffsets(log.topic('events'));
      await admin.deleteTopicRecords({ topic: log.topic('events'), partitions });
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
describeTopicFollower('Kafka', createHarness);
describeTransactionalFollower('Kafka', createHarness);
describeDocuments('Kafka', createHarness);

test('the ends count what an open transaction hides', async () => {
  const log = await createKafkaLog({ partitions: 1 });
  const kafka = new kafkajs.Kafka({
    brokers: [...log.connection.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ transactionalId: log.groupId, createPartitioner });
  const member = log.member();
  await log.put(0, ['before']);
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: log.topic('events'), messages: [{ value: 'in the transaction' }] });
  await log.put(0, ['hidden']);
  await expect(member.endOffsets()).resolves.toEqual(new Map([[0, 3n]]));
  await transaction.abort();
  await until('the marker is counted', async () => (await member.endOffsets()).get(0) === 4n);
  await Promise.all([member.close(), producer.disconnect()]);
  await log.close();
});
