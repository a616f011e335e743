import { expect, test } from '@jest/globals';
import type { KafkaConnection } from '@offerlock/config';
import {
  createKafkaEventLog,
  createKafkaEventSink,
  createKafkaTopicReader,
} from '@offerlock/event-log/kafka';
import { recordingObserver } from '../support/recording-observer.ts';

// Nothing listens on port 1.
const connection: KafkaConnection = { brokers: ['127.0.0.1:1'], tls: false, sasl: null, topicPrefix: '' };
const unavailable = { code: 'LOG_UNAVAILABLE' };

test('the check of the topics fails in time', async () => {
  const log = createKafkaEventLog({ connection, groupId: 'nobody', checkTimeoutMs: 500 });
  await expect(log.checkTopics()).rejects.toMatchObject(unavailable);
  await log.close();
});

test('an append fails in time', async () => {
  const sink = createKafkaEventSink({ connection, appendTimeoutMs: 500 });
  await expect(sink.append([{ key: 'k', value: Buffer.from('v') }])).rejects.toMatchObject(unavailable);
  await sink.close();
});

test('a read fails', async () => {
  const reader = createKafkaTopicReader({ connection });
  await expect(reader.read('events', () => {})).rejects.toMatchObject(unavailable);
  await reader.close();
});

test('a consumption that never joins can be stopped', async () => {
  const log = createKafkaEventLog({ connection, groupId: 'nobody', stopTimeoutMs: 500 });
  const consumption = await log.consume(() => Promise.resolve([]), recordingObserver().observer);
  await consumption.stop();
  await consumption.done;
  expect(consumption.partitions()).toEqual([]);
  await log.close();
});
