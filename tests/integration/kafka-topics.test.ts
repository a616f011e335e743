import { afterEach, expect, test } from '@jest/globals';
import { applyTopics } from '@offerlock/event-log/kafka';
import { createKafkaLog, type KafkaLog } from '../support/kafka-log.ts';

let log: KafkaLog | undefined;

afterEach(() => log?.close());

test('topics are created once, and what differs is said but not changed', async () => {
  log = await createKafkaLog({ partitions: 1 });
  const { connection } = log;
  const topic = `${connection.topicPrefix}extra`;
  const extra = {
    name: 'extra',
    partitions: 3,
    replicationFactor: 1,
    configs: { 'cleanup.policy': 'compact', 'max.message.bytes': '2000000' },
  };
  const apply = (definition = extra, options = {}) =>
    applyTopics({ connection, definitions: [definition], ...options });

  expect(await apply(extra, { dryRun: true })).toMatchObject([{ topic, outcome: 'created' }]);
  expect(await apply()).toEqual([{ topic, outcome: 'created', differences: [] }]);
  expect(await apply()).toEqual([{ topic, outcome: 'unchanged', differences: [] }]);
  const changed = { ...extra, configs: { ...extra.configs, 'cleanup.policy': 'delete' } };
  expect(await apply(changed, { partitions: 5 })).toEqual([
    {
      topic,
      outcome: 'different',
      differences: [
        { what: 'partitions', expected: '5', found: '3' },
        { what: 'cleanup.policy', expected: 'delete', found: 'compact' },
      ],
    },
  ]);
  expect(await apply()).toEqual([{ topic, outcome: 'unchanged', differences: [] }]);
});
