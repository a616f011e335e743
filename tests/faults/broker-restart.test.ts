/*
 * Property: who follows a topic sees every record once and in order, and who changes documents goes on, though the broker
 * was killed meanwhile; to follow can also be begun while it is away. Provoked by SIGKILL of a broker of this test's own.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Documents, TopicFollower, TopicRecord } from '@offerlock/event-log';
import { createKafkaDocuments, createKafkaTopicFollower } from '@offerlock/event-log/kafka';
import { startStack, type Stack } from '@offerlock/stack';
import { createKafkaLog, type KafkaLog } from '../support/kafka-log.ts';
import { until } from '../support/until.ts';

let stack: Stack;
let log: KafkaLog;
let follower: TopicFollower;
let documents: Documents;
/** In the order they were opened: a failure in between leaves the others to be closed. */
const opened: { readonly close: () => Promise<void> }[] = [];

beforeAll(async () => {
  stack = await startStack({ own: true });
  opened.push({ close: () => stack.stop() });
  log = await createKafkaLog({ partitions: 2, brokers: stack.brokers });
  opened.push(log);
  const { connection } = log;
  follower = createKafkaTopicFollower({ connection, backoff: { minMs: 50, maxMs: 500 } });
  documents = createKafkaDocuments({ connection });
  opened.push(follower, documents);
}, 180_000);

afterAll(async () => {
  for (const { close } of opened.toReversed()) await close();
}, 60_000);

test('a follower and documents go on after the broker was killed', async () => {
  const found: TopicRecord[] = [];
  const late: TopicRecord[] = [];
  await log.put(0, ['a', 'b']);
  await log.put(1, ['c']);
  const following = await follower.follow('events', 'beginning', (records) => {
    found.push(...records);
  });
  await following.caughtUp;
  await documents.change('t', () => Buffer.from('before'));

  await kafkaOf(stack).kill('SIGKILL');
  const begun = follower.follow('events', 'beginning', (records) => {
    late.push(...records);
  });
  await kafkaOf(stack).start();

  await (
    await begun
  ).caughtUp;
  expect(valuesIn(late)).toEqual(['a', 'b', 'c']);
  await until('the broker takes records', () =>
    log.put(0, ['d']).then(
      () => true,
      () => false,
    ),
  );
  await log.put(1, ['e']);
  await until('everything is followed', () => found.length >= 5 && late.length >= 5, { timeoutMs: 60_000 });
  expect(valuesIn(found)).toEqual(['a', 'b', 'd', 'c', 'e']);
  expect(valuesIn(late)).toEqual(['a', 'b', 'd', 'c', 'e']);
  const after = await documents.change('t', (present) => Buffer.from(`${String(present)}, after`));
  expect(String(after)).toBe('before, after');
});

function kafkaOf({ kafka }: Stack): NonNullable<Stack['kafka']> {
  if (kafka === null) throw new Error('the stack is not ours to kill');
  return kafka;
}

/** In order of partition; within one, in the order they came. */
function valuesIn(records: readonly TopicRecord[]): string[] {
  return records.toSorted((one, other) => one.partition - other.partition).map(({ value }) => String(value));
}
