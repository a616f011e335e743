import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CompactedTopic, DataDirectory } from './ports.ts';
import { append, createTestPlace, linesOf, recordOf, testStartMs, type TestPlace } from './test-place.ts';

let place: TestPlace;
beforeEach(() => {
  place = createTestPlace();
});
afterEach(() => place.clear());

/** So small that maintenance settles everything, and keeps nothing in memory. */
const settleEverything = { tailBytesMax: 1, recentBytesMax: 1, garbageRecordsMin: 0 };

const valueOf = (topic: CompactedTopic, key: string) => topic.get(key)?.value.toString() ?? null;
const entriesOf = (topic: CompactedTopic) =>
  topic
    .entries(1_000)
    .map(
      ({ partition, record }) =>
        `${partition}/${record.offset} ${String(record.key)}=${String(record.value)}`,
    );

/** Appends one record per transaction, and one that stays in the tail of the partition. */
async function fill(directory: DataDirectory, topic: CompactedTopic): Promise<void> {
  await append(directory, topic, [recordOf('b', '1'), recordOf('a', '1', { headers: { h: 'x' } })]);
  await append(directory, topic, [recordOf('c', '1')], 1);
  await append(directory, topic, [recordOf('b', '2'), recordOf('d', '1')]);
  await append(directory, topic, [recordOf('d', null)]);
  await append(directory, topic, [recordOf('end', '1')], 1);
  await append(directory, topic, [recordOf('end-0', '1')]);
}

const filled = ['0/1 a=1', '0/2 b=2', '1/0 c=1', '1/1 end=1', '0/5 end-0=1'];

function expectFilled(topic: CompactedTopic): void {
  expect(['a', 'b', 'c', 'd', 'e'].map((key) => valueOf(topic, key))).toEqual(['1', '2', '1', null, null]);
  expect(topic.keyCount).toBe(5);
  expect(topic.keys('', 10)).toEqual(['a', 'b', 'c', 'end', 'end-0']);
  expect(topic.keys('e', 10)).toEqual(['end', 'end-0']);
  expect(topic.keys('', 2, 'a')).toEqual(['b', 'c']);
  expect(topic.keys('e', 2, 'a')).toEqual(['end', 'end-0']);
  expect(topic.keys('', 0)).toEqual([]);
  expect(topic.entries(2, 'b').map(({ record }) => String(record.key))).toEqual(['c', 'end']);
  expect(topic.entries(10).find(({ record }) => String(record.key) === 'a')?.record.headers).toEqual({
    h: 'x',
  });
  expect(topic.bounds(0).endOffset).toBe(6n);
}

test.each([
  ['in the tail', { tailBytesMax: 1_000_000 }],
  ['settled', settleEverything],
])('the newest record of each key is there when it is %s, also after opening again', async (_, options) => {
  const directory = await place.open(options);
  await fill(directory, directory.compactedTopic('states'));
  await directory.maintain();
  expect(entriesOf(directory.compactedTopic('states'))).toEqual(filled);
  expectFilled(directory.compactedTopic('states'));
  await directory.close();
  const again = (await place.open(options)).compactedTopic('states');
  expect(entriesOf(again)).toEqual(filled);
  expectFilled(again);
});

/** Appends without any maintenance, then opens the directory anew and settles: so it is done in the same steps each time. */
async function settledAfter(
  step: (directory: DataDirectory, topic: CompactedTopic) => Promise<unknown>,
): Promise<{ lines: string[][]; start: bigint; keyCount: number }> {
  const before = await place.open();
  await step(before, before.compactedTopic('states'));
  await before.close();
  const directory = await place.open(settleEverything);
  const topic = directory.compactedTopic('states');
  await directory.maintain();
  const lines = [linesOf(topic), linesOf(topic, 1)];
  const seen = { lines, start: topic.bounds(0).startOffset, keyCount: topic.keyCount };
  await directory.close();
  return seen;
}

test('what newer records have replaced disappears, but not the newest chunk of a partition', async () => {
  expect(await settledAfter(fill)).toEqual({
    lines: [
      ['1 a=1', '2 b=2', '5 end-0=1'],
      ['0 c=1', '1 end=1'],
    ],
    start: 1n,
    keyCount: 5,
  });
  const replaced = await settledAfter((directory, topic) =>
    append(directory, topic, [recordOf('a', '2'), recordOf('b', null), recordOf('a', '3')]),
  );
  expect(replaced).toEqual({
    lines: [
      ['1 a=1', '2 b=2', '5 end-0=1', '6 a=2', '7 b=-', '8 a=3'],
      ['0 c=1', '1 end=1'],
    ],
    start: 1n,
    keyCount: 4,
  });
  // Now those that were replaced after they were settled are more than half of all.
  const cleaned = await settledAfter((directory, topic) =>
    append(directory, topic, [recordOf('end-0', '2')]),
  );
  expect(cleaned).toEqual({
    lines: [
      ['8 a=3', '9 end-0=2'],
      ['0 c=1', '1 end=1'],
    ],
    start: 8n,
    keyCount: 4,
  });
});

test('a newer record counts, whatever was settled', async () => {
  const directory = await place.open(settleEverything);
  const topic = directory.compactedTopic('states');
  await fill(directory, topic);
  await directory.maintain();
  expect(topic.keyCount).toBe(5);
  const [calm] = [topic.get('a')];
  await append(directory, topic, [
    recordOf('a', '9'),
    recordOf('b', null),
    recordOf('new', '1'),
    recordOf('never', null),
  ]);
  expect(['a', 'b', 'new', 'never'].map((key) => valueOf(topic, key))).toEqual(['9', null, '1', null]);
  expect(topic.keyCount).toBe(5);
  expect(topic.keys('', 10)).toEqual(['a', 'c', 'end', 'end-0', 'new']);
  expect(calm?.value.toString()).toBe('1');
  await append(directory, topic, [recordOf('new', null)]);
  await append(directory, topic, [recordOf('new', '2')]);
  expect(topic.keyCount).toBe(5);
  await append(directory, topic, [recordOf('last', '1')]);
  await directory.maintain();
  expect(topic.keyCount).toBe(6);
  expect(entriesOf(topic)).toEqual([
    '0/6 a=9',
    '1/0 c=1',
    '1/1 end=1',
    '0/5 end-0=1',
    '0/12 last=1',
    '0/11 new=2',
  ]);
});

test('a tail that grows too long is settled by itself while others write', async () => {
  const directory = await place.open({
    tailBytesMax: 20_000,
    chunkBytesMax: 4_000,
    recentBytesMax: 5_000,
    garbageRecordsMin: 10,
  });
  const topic = directory.compactedTopic('states');
  for (let round = 0; round < 30; round += 1) {
    const records = Array.from({ length: 40 }, (_, at) =>
      recordOf(`key-${(round * 7 + at) % 100}`, `${round}-`.padEnd(100, 'x')),
    );
    await append(directory, topic, records, round % 2);
  }
  await directory.maintain();
  expect(topic.keyCount).toBe(100);
  const tailRecords = linesOf(topic).length + linesOf(topic, 1).length;
  expect(tailRecords).toBeLessThan(300);
  expect(topic.keys('', 1_000)).toHaveLength(100);
  for (let at = 0; at < 40; at += 1) expect(valueOf(topic, `key-${(29 * 7 + at) % 100}`)).toMatch(/^29-/);
});

test('going through the entries meets every key once while the tail is settled', async () => {
  const directory = await place.open(settleEverything);
  const topic = directory.compactedTopic('states');
  const keys = Array.from({ length: 50 }, (_, at) => `key-${String(at).padStart(2, '0')}`);
  for (const key of keys.toReversed()) await append(directory, topic, [recordOf(key, '1')]);
  const met: string[] = [];
  for (let after: string | undefined; ;) {
    const entries = topic.entries(7, after);
    if (entries.length === 0) break;
    met.push(...entries.map(({ record }) => String(record.key)));
    after = met.at(-1) as string;
    if (met.length === 14) await directory.maintain();
    if (met.length === 28) await append(directory, topic, [recordOf('key-01', '2'), recordOf('key-40', '2')]);
  }
  expect(met).toEqual(keys);
});

test('keys are in order of their bytes, which UTF-16 is not', async () => {
  const directory = await place.open(settleEverything);
  const topic = directory.compactedTopic('states');
  const keys = ['a', 'é', '\uffee', '\u{1f600}'];
  await append(directory, topic, [recordOf(keys[3] as string, '1'), recordOf(keys[0] as string, '1')]);
  await append(directory, topic, [recordOf(keys[2] as string, '1'), recordOf(keys[1] as string, '1')]);
  expect(topic.keys('', 10)).toEqual(keys);
  await directory.maintain();
  expect(topic.keys('', 10)).toEqual(keys);
  expect(topic.keys('\u{1f600}', 10)).toEqual(['\u{1f600}']);
  expect(valueOf(topic, '\uffee')).toBe('1');
});

test('a key whose newest record is too old is gone, and maintenance removes it', async () => {
  const directory = await place.open({
    ...settleEverything,
    compactedTopics: { states: { keyTtlMs: 1_000 } },
  });
  const topic = directory.compactedTopic('states');
  await append(directory, topic, [recordOf('old', '1'), recordOf('renewed', '1')]);
  await append(directory, topic, [recordOf('tail', '1')]);
  await directory.maintain();
  place.clockMs = testStartMs + 600;
  await append(directory, topic, [recordOf('renewed', '2')]);
  expect(topic.keys('', 10)).toEqual(['old', 'renewed', 'tail']);

  place.clockMs = testStartMs + 1_001;
  expect(topic.keys('', 10)).toEqual(['renewed']);
  expect(entriesOf(topic)).toEqual(['0/3 renewed=2']);
  expect([valueOf(topic, 'old'), valueOf(topic, 'tail')]).toEqual([null, null]);
  await directory.maintain();
  expect(topic.keyCount).toBe(1);
  place.clockMs = testStartMs;
  expect(topic.keys('', 10)).toEqual(['renewed']);
});

test('a record without a key, or with one that is too long, is refused', async () => {
  const directory = await place.open();
  const topic = directory.compactedTopic('states');
  for (const key of [null, '', 'k'.repeat(1_501)]) {
    await expect(append(directory, topic, [{ key, value: Buffer.from('1') }])).rejects.toThrow(
      '1 to 1500 bytes',
    );
  }
  await append(directory, topic, [recordOf('k'.repeat(1_500), '1')]);
  expect(topic.keyCount).toBe(1);
});

test('what was read does not change afterwards', async () => {
  const directory = await place.open(settleEverything);
  const topic = directory.compactedTopic('states');
  await append(directory, topic, [recordOf('a', '1')]);
  await append(directory, topic, [recordOf('b', '1')]);
  await directory.maintain();
  const read = topic.get('a');
  await append(directory, topic, [recordOf('a', '2')]);
  await append(directory, topic, [recordOf('b', '2')]);
  await directory.maintain();
  expect(read?.value.toString()).toBe('1');
  expect(valueOf(topic, 'a')).toBe('2');
});
