import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { append, createTestPlace, linesOf, recordOf, testStartMs, type TestPlace } from './test-place.ts';

let place: TestPlace;
beforeEach(() => {
  place = createTestPlace();
});
afterEach(() => place.clear());

test('chunks go when their newest record is too old, from the front of each partition', async () => {
  const directory = await place.open({ topics: { events: { retentionMs: 1_000 } } });
  const topic = directory.topic('events');
  await append(directory, topic, [
    recordOf('a', '1', { timestampMs: testStartMs - 5_000 }),
    recordOf('a', '2'),
  ]);
  await append(directory, topic, [recordOf('b', '1')], 1);
  place.clockMs += 500;
  await append(directory, topic, [recordOf('a', '3')]);
  await append(directory, topic, [recordOf('b', '2')], 1);

  place.clockMs = testStartMs + 1_000;
  await directory.maintain();
  expect(linesOf(topic)).toEqual(['0 a=1', '1 a=2', '2 a=3']);
  place.clockMs += 1;
  await directory.maintain();
  expect(linesOf(topic)).toEqual(['2 a=3']);
  expect(linesOf(topic, 1)).toEqual(['1 b=2']);
  expect(topic.bounds(0)).toEqual({ startOffset: 2n, endOffset: 3n });
  expect(topic.read(0, 0n, { recordsMax: 1, bytesMax: 1 }).nextOffset).toBe(3n);
});

test('the newest chunk of a partition stays, so that no offset is ever given twice', async () => {
  const directory = await place.open({ topics: { events: { retentionMs: 1, retentionBytes: 1 } } });
  const topic = directory.topic('events');
  await append(directory, topic, [recordOf('a', '1')]);
  await append(directory, topic, [recordOf('a', '2')]);
  place.clockMs += 1_000_000;
  await directory.maintain();
  expect(linesOf(topic)).toEqual(['1 a=2']);
  await directory.close();
  const again = await place.open();
  expect(await append(again, again.topic('events'), [recordOf('a', '3')])).toBe(2n);
});

test('above its bytes a topic loses the oldest chunks of all partitions first, in many steps', async () => {
  const directory = await place.open({ topics: { events: { retentionBytes: 20_000 } } });
  const topic = directory.topic('events');
  for (let at = 0; at < 100; at += 1) {
    place.clockMs += 1;
    await append(directory, topic, [recordOf('k', 'x'.repeat(1_000 - 70))], at % 4 === 0 ? 1 : 0);
  }
  await directory.maintain();
  expect(topic.sizeBytes()).toBeLessThanOrEqual(20_000);
  expect(topic.sizeBytes()).toBeGreaterThan(18_000);
  const times = [0, 1].flatMap((partition) =>
    topic.latest(partition, 1_000).map(({ timestampMs }) => timestampMs),
  );
  expect(Math.min(...times)).toBe(testStartMs + 101 - times.length);
  const size = topic.sizeBytes();
  await directory.close();
  expect((await place.open()).topic('events').sizeBytes()).toBe(size);
});

test('without limits everything stays', async () => {
  const directory = await place.open();
  const topic = directory.topic('events');
  for (const value of ['1', '2', '3']) await append(directory, topic, [recordOf('a', value)]);
  place.clockMs = Number.MAX_SAFE_INTEGER;
  await directory.maintain();
  expect(linesOf(topic)).toEqual(['0 a=1', '1 a=2', '2 a=3']);
});
