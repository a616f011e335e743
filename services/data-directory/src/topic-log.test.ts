import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { append, createTestPlace, linesOf, recordOf, testStartMs, type TestPlace } from './test-place.ts';

let place: TestPlace;
beforeEach(() => {
  place = createTestPlace();
});
afterEach(() => place.clear());

const all = { recordsMax: 1_000, bytesMax: 1_000_000 };

test('records are read as they were appended, also after the directory was opened again', async () => {
  const directory = await place.open();
  const topic = directory.topic('events');
  const appended = [
    recordOf('a', 'one', { timestampMs: 5, headers: { text: 'käse', bytes: Buffer.from([0, 255]) } }),
    { key: Buffer.from([1, 2]), value: null },
    { key: null, value: Buffer.alloc(0) },
  ];
  expect(await append(directory, topic, appended)).toBe(0n);
  const expected = [
    {
      offset: 0n,
      key: Buffer.from('a'),
      value: Buffer.from('one'),
      timestampMs: 5,
      headers: { text: 'käse', bytes: Buffer.from([0, 255]) },
    },
    { offset: 1n, key: Buffer.from([1, 2]), value: null, timestampMs: testStartMs, headers: {} },
    { offset: 2n, key: null, value: Buffer.alloc(0), timestampMs: testStartMs, headers: {} },
  ];
  expect(topic.read(0, 0n, all)).toEqual({ records: expected, nextOffset: 3n, endOffset: 3n });
  expect(topic.bounds(1)).toEqual({ startOffset: 0n, endOffset: 0n });

  await directory.close();
  const again = (await place.open()).topic('events');
  expect(again.read(0, 0n, all).records).toEqual(expected);
  expect(again.bounds(0)).toEqual({ startOffset: 0n, endOffset: 3n });
});

test('a read ends at its limits, but never without a record', async () => {
  const directory = await place.open();
  const topic = directory.topic('events');
  for (const value of ['a', 'b', 'c']) {
    await append(directory, topic, [recordOf('k', value), recordOf('k', value.repeat(1_000))]);
  }
  const read = (fromOffset: bigint, recordsMax: number, bytesMax: number) => {
    const { records, nextOffset } = topic.read(0, fromOffset, { recordsMax, bytesMax });
    return [records.map(({ offset }) => Number(offset)), Number(nextOffset)];
  };
  expect(read(0n, 3, 1_000_000)).toEqual([[0, 1, 2], 3]);
  expect(read(3n, 2, 1_000_000)).toEqual([[3, 4], 5]);
  expect(read(0n, 100, 500)).toEqual([[0], 1]);
  expect(read(1n, 100, 1)).toEqual([[1], 2]);
  expect(read(2n, 100, 1)).toEqual([[2], 3]);
  expect(read(5n, 100, 1_000_000)).toEqual([[5], 6]);
  expect(read(6n, 100, 1_000_000)).toEqual([[], 6]);
  expect(read(9n, 100, 1_000_000)).toEqual([[], 9]);
});

test('offsets may leave gaps, and never go back', async () => {
  const directory = await place.open();
  const topic = directory.topic('events');
  expect(await append(directory, topic, [recordOf('a', '1', { offset: 10n }), recordOf('a', '2')])).toBe(10n);
  expect(
    await append(directory, topic, [
      recordOf('a', '3', { offset: 20n }),
      recordOf('a', '4', { offset: 30n }),
    ]),
  ).toBe(20n);
  await append(directory, topic, [recordOf('a', '5', { offset: 9_000_000_000n }), recordOf('a', '6')]);
  const lines = ['10 a=1', '11 a=2', '20 a=3', '30 a=4', '9000000000 a=5', '9000000001 a=6'];
  expect(topic.bounds(0)).toEqual({ startOffset: 0n, endOffset: 9_000_000_002n });
  expect(linesOf(topic)).toEqual(lines);
  expect(linesOf(topic, 0, 12n)).toEqual(lines.slice(2));
  expect(linesOf(topic, 0, 21n)).toEqual(lines.slice(3));
  expect(topic.read(0, 11n, { ...all, recordsMax: 1 }).nextOffset).toBe(12n);
  await expect(append(directory, topic, [recordOf('a', '7', { offset: 5n })])).rejects.toThrow(
    'cannot have offset 5',
  );
  expect(linesOf(topic)).toEqual(lines);
});

test('a large append becomes several chunks that read as one row', async () => {
  const directory = await place.open({ chunkBytesMax: 1_000 });
  const topic = directory.topic('events');
  const records = Array.from({ length: 100 }, (_, at) => recordOf(`k${at}`, 'x'.repeat((at % 7) * 100)));
  await append(directory, topic, records);
  expect(linesOf(topic)).toEqual(
    records.map(({ key, value }, at) => `${at} ${String(key)}=${String(value)}`),
  );
  for (const count of [0, 1, 7, 99, 100, 1_000]) {
    expect(topic.latest(0, count).map(({ offset }) => Number(offset))).toEqual(
      [...records.keys()].slice(Math.max(100 - count, 0)),
    );
  }
  expect(topic.sizeBytes()).toBeGreaterThan(100 * 300);
});

test('whoever waits for records is called once per transaction that appended', async () => {
  const directory = await place.open();
  const topic = directory.topic('events');
  const calls: number[] = [];
  const stop = topic.onAppend((partition) => calls.push(partition));
  await append(directory, topic, [recordOf('a', '1'), recordOf('a', '2')], 1);
  await directory.write((transaction) => transaction.put(directory.table('facts'), 'a', Buffer.from('1')));
  expect(calls).toEqual([1]);
  stop();
  await append(directory, topic, [recordOf('a', '3')], 1);
  expect(calls).toEqual([1]);
});

test('a topic or partition that is not there is named', async () => {
  const directory = await place.open();
  expect(() => directory.topic('other')).toThrow('without topic other');
  expect(() => directory.compactedTopic('events')).toThrow('without topic events');
  expect(() => directory.topic('events').bounds(2)).toThrow('no partition 2');
});

test('a record that cannot be kept fails its own job only, and a header may have any name', async () => {
  const directory = await place.open();
  const topic = directory.topic('events');
  const longName = { ['x'.repeat(65_536)]: 'y' };
  const bad = append(directory, topic, [recordOf('a', '1', { headers: longName })]);
  const headers = JSON.parse('{"__proto__": "text", "constructor": "c"}') as Record<string, string>;
  const good = append(directory, topic, [recordOf('b', '2', { headers })]);
  await expect(bad).rejects.toThrow('header');
  expect(await good).toBe(0n);
  const [record] = topic.read(0, 0n, all).records;
  expect(Object.entries(record?.headers ?? {})).toEqual(Object.entries(headers));
});
