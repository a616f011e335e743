import { afterEach, expect, test } from '@jest/globals';
import { createKafkaTopicReader } from '@offerlock/event-log/kafka';
import { createKafkaLog, type KafkaLog } from '../support/kafka-log.ts';
import { until } from '../support/until.ts';

let log: KafkaLog | undefined;

afterEach(() => log?.close());

test('a reader ends on a topic that was compacted, and sees the last value of each key', async () => {
  const compacted = {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
    'min.compaction.lag.ms': '0',
    'delete.retention.ms': '0',
  };
  log = await createKafkaLog({ partitions: 2, configs: { offerStates: compacted } });
  const { connection, producer, topic } = log;
  const write = async (value: string) => {
    const messages = Array.from({ length: 50 }, (_, at) => ({ partition: 0, key: `k${at % 5}`, value }));
    await producer.send({ topic: topic('offerStates'), messages });
  };
  const reader = createKafkaTopicReader({ connection });
  const latest = new Map<string, string>();
  const read = () =>
    reader.read('offerStates', (records) => {
      for (const { key, value } of records) latest.set(String(key), String(value));
    });

  let rounds = 0;
  await until(
    'old records are gone',
    async () => {
      rounds += 1;
      await write(`round ${rounds}`);
      const { records } = await read();
      return records < rounds * 50;
    },
    { timeoutMs: 50_000, everyMs: 500 },
  );
  expect(latest.size).toBe(5);
  expect(new Set(latest.values())).toEqual(new Set([`round ${rounds}`]));
  await reader.close();
});
