import { afterEach, expect, test } from '@jest/globals';
import { createKafkaLog, type KafkaLog } from '../support/kafka-log.ts';
import { recordingObserver } from '../support/recording-observer.ts';
import { until } from '../support/until.ts';

let log: KafkaLog | undefined;

afterEach(() => log?.close());

// The broker compresses anew what it stores under this setting, so these are bytes as Java producers make them.
test.each(['gzip', 'snappy', 'lz4', 'zstd'])('records compressed with %s are read', async (codec) => {
  log = await createKafkaLog({ partitions: 1, configs: { events: { 'compression.type': codec } } });
  const values = Array.from({ length: 300 }, (_, at) => `${at}:${'offered,accepted,'.repeat(at)}`);
  await log.put(0, values);
  const found: string[] = [];
  const { observer } = recordingObserver();
  const member = log.member();
  const consumption = await member.consume((batch) => {
    found.push(...batch.records.map(({ value }) => String(value)));
    return Promise.resolve([]);
  }, observer);
  await until('all records are processed', () => consumption.partitions()[0]?.nextOffset === 300n);
  await member.close();
  expect(found).toEqual(values);
});
