import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { BatchHandler, EventLog, OutputRecord, TopicRecord } from '@offerlock/event-log';
import { createKafkaTopicReader } from '@offerlock/event-log/kafka';
import kafkajs from 'kafkajs';
import { createKafkaLog, type KafkaLog } from '../support/kafka-log.ts';
import { recordingObserver } from '../support/recording-observer.ts';
import { until } from '../support/until.ts';

let log: KafkaLog;
let members: EventLog[];

beforeEach(async () => {
  log = await createKafkaLog({ partitions: 1 });
  members = [];
});

afterEach(async () => {
  await Promise.all(members.map((member) => member.close()));
  await log.close();
});

async function open(handler: BatchHandler, options: Parameters<KafkaLog['member']>[0] = {}) {
  const member = log.member(options);
  members.push(member);
  const { observer, observed } = recordingObserver();
  const consumption = await member.consume(handler, observer);
  return { member, observed, status: () => consumption.partitions()[0] };
}

async function read(topic: 'metrics' | 'deadLetters'): Promise<TopicRecord[]> {
  const reader = createKafkaTopicReader({ connection: log.connection });
  const found: TopicRecord[] = [];
  await reader.read(topic, (records) => {
    found.push(...records);
  });
  return found;
}

const echo: BatchHandler = (batch) =>
  Promise.resolve(batch.records.map(({ key, value }) => ({ topic: 'metrics', key, value })));

test('what a dead owner left in an open transaction is neither visible nor committed', async () => {
  await log.put(0, ['a', 'b', 'c']);
  const kafka = new kafkajs.Kafka({
    brokers: [...log.connection.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const dead = kafka.producer({
    transactionalId: `${log.groupId}:${log.topic('events')}:0`,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await dead.connect();
  const transaction = await dead.transaction();
  await transaction.send({ topic: log.topic('metrics'), messages: [{ value: 'ghost' }] });
  await transaction.sendOffsets({
    consumerGroupId: log.groupId,
    topics: [{ topic: log.topic('events'), partitions: [{ partition: 0, offset: '2' }] }],
  });
  await dead.disconnect();

  const { observed, status } = await open(echo);
  await until('the partition is drained', () => status()?.nextOffset === 3n);
  expect(observed.claimed).toMatchObject([{ partition: 0, startOffset: 0n }]);
  expect((await read('metrics')).map(({ value }) => String(value))).toEqual(['a', 'b', 'c']);
});

test('records deleted before they were processed halt the partition, now and after a restart', async () => {
  await log.put(0, ['a', 'b']);
  const handled: string[] = [];
  let isDeleted = false;
  const keep: BatchHandler = async (batch) => {
    handled.push(...batch.records.map(({ value }) => String(value)));
    await until('the records are deleted', () => isDeleted);
    return [];
  };
  const first = await open(keep);
  await until('the first batch is in hand', () => handled.length === 2);
  await log.put(0, ['c', 'd', 'e']);
  // kafkajs finds the leader of a topic that it was asked about before only.
  await log.admin.fetchTopicOffsets(log.topic('events'));
  await log.admin.deleteTopicRecords({
    topic: log.topic('events'),
    partitions: [{ partition: 0, offset: '4' }],
  });
  isDeleted = true;
  await until('the partition halts', () => first.status()?.status === 'halted');
  expect(first.status()?.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  await first.member.close();

  const second = await open(keep);
  await until('the partition halts again', () => second.status()?.status === 'halted');
  expect(second.status()?.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  expect(handled).toEqual(['a', 'b']);
});

test('a large record passes, and one that the topic refuses halts the partition', async () => {
  const large = Buffer.alloc(900_000, 'x');
  await log.put(0, ['a', large, 'b']);
  let copies = 1;
  const { status } = await open((batch) =>
    Promise.resolve(
      batch.records.map(({ key, value }): OutputRecord => ({
        topic: 'deadLetters',
        key,
        value: value === null ? null : Buffer.concat(Array.from({ length: copies }, () => value)),
      })),
    ),
  );
  await until('the partition is drained', () => status()?.nextOffset === 3n);
  expect((await read('deadLetters')).map(({ value }) => value?.length)).toEqual([1, 900_000, 1]);
  copies = 2;
  await log.put(0, [large]);
  await until('the partition halts', () => status()?.status === 'halted');
  expect(status()?.error).toMatchObject({ code: 'CONFIG_INVALID' });
});

test('committing nothing but offsets goes on under load', async () => {
  await log.put(
    0,
    Array.from({ length: 300 }, (_, at) => String(at)),
  );
  const { observed, status } = await open(() => Promise.resolve([]), { batchRecordsMax: 3 });
  await until('the partition is drained', () => status()?.nextOffset === 300n);
  expect(observed.committed).toHaveLength(100);
  expect(observed.ended).toEqual([]);
});

test('committed offsets carry the mark of their claim', async () => {
  await log.put(0, ['a']);
  const { observed, status } = await open(echo);
  await until('the partition is drained', () => status()?.nextOffset === 1n);
  const [offsets] = await log.admin.fetchOffsets({ groupId: log.groupId, topics: [log.topic('events')] });
  const epoch = observed.claimed[0]?.epoch.toString(16);
  expect(offsets?.partitions).toEqual([
    { partition: 0, offset: '1', metadata: `offerlock:1:${epoch}:${epoch}` },
  ]);
});
