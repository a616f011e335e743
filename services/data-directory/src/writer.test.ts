import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DataDirectory } from './ports.ts';
import { append, createTestPlace, linesOf, recordOf, type TestPlace } from './test-place.ts';

let place: TestPlace;
let directory: DataDirectory;
beforeEach(async () => {
  place = createTestPlace();
  directory = await place.open();
});
afterEach(() => place.clear());

test('a job reads what it and the jobs before it have written', async () => {
  const table = directory.table('counters');
  const increase = () =>
    directory.write((transaction) => {
      const next = Number(transaction.get(table, 'n') ?? 0) + 1;
      transaction.put(table, 'n', Buffer.from(String(next)));
      transaction.put(table, 'gone', Buffer.from('x'));
      transaction.remove(table, 'gone');
      return [next, transaction.get(table, 'gone')];
    });
  expect(await Promise.all([increase(), increase(), increase()])).toEqual([
    [1, null],
    [2, null],
    [3, null],
  ]);
  expect(await increase()).toEqual([4, null]);
  expect(table.get('n')?.toString()).toBe('4');
  expect(table.get('gone')).toBeNull();
});

test('a job reads the newest value of a key, whoever wrote it', async () => {
  const topic = directory.compactedTopic('states');
  const add = (key: string, letter: string) =>
    directory.write((transaction) => {
      const value = `${transaction.newest(topic, key)?.toString() ?? ''}${letter}`;
      transaction.append(topic, 0, [recordOf(key, value)]);
      if (letter === 'x') throw new Error('told to fail');
      return value;
    });
  expect(await add('k', 'a')).toBe('a');
  const [b, x, c, other] = await Promise.allSettled([
    add('k', 'b'),
    add('k', 'x'),
    add('k', 'c'),
    add('other', 'd'),
  ]);
  expect([b, c, other]).toMatchObject([{ value: 'ab' }, { value: 'abc' }, { value: 'd' }]);
  expect(x).toMatchObject({ status: 'rejected' });
  await append(directory, topic, [recordOf('k', null)]);
  expect(await add('k', 'e')).toBe('e');
});

test('offsets go on from job to job, whether they share a transaction or not', async () => {
  const topic = directory.topic('events');
  const write = (key: string) => append(directory, topic, [recordOf(key, '1'), recordOf(key, '2')]);
  expect(await Promise.all([write('a'), write('b')])).toEqual([0n, 2n]);
  expect(await Promise.all([write('c'), write('d')])).toEqual([4n, 6n]);
  expect(linesOf(topic)).toHaveLength(8);
  expect(await append(directory, topic, [])).toBe(8n);
});

test('nothing is seen before it is durable', async () => {
  const topic = directory.topic('events');
  const written = append(directory, topic, [recordOf('a', '1')]);
  expect(topic.bounds(0).endOffset).toBe(0n);
  expect(linesOf(topic)).toEqual([]);
  await written;
  expect(topic.bounds(0).endOffset).toBe(1n);
});

test('a job that throws leaves nothing, and the others of its transaction are kept', async () => {
  const topic = directory.topic('events');
  const table = directory.table('facts');
  const write = (key: string, fails: boolean) =>
    directory.write((transaction) => {
      transaction.append(topic, 0, [recordOf(key, '1')]);
      transaction.put(table, 'last', Buffer.from(key));
      transaction.put(table, key, Buffer.from('there'));
      if (fails) throw new Error(`${key} fails`);
      return key;
    });
  const outcomes = await Promise.allSettled([
    write('a', false),
    write('b', true),
    write('c', true),
    write('d', false),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(linesOf(topic)).toEqual(['0 a=1', '1 d=1']);
  expect([...table.entries()].map(([key, value]) => `${key}=${value.toString()}`)).toEqual([
    'a=there',
    'd=there',
    'last=d',
  ]);
});

test('tables list their own keys in order, all or those with a prefix', async () => {
  const [one, two] = [directory.table('one'), directory.table('two')];
  await directory.write((transaction) => {
    for (const key of ['b/2', 'a/1', 'b/1', 'ä', 'b']) transaction.put(one, key, Buffer.from(key));
    transaction.put(two, 'b/3', Buffer.from('other'));
    transaction.put(two, '', Buffer.from('empty'));
  });
  expect(Array.from(one.entries(), ([key]) => key)).toEqual(['a/1', 'b', 'b/1', 'b/2', 'ä']);
  expect(Array.from(one.entries('b/'), ([key]) => key)).toEqual(['b/1', 'b/2']);
  expect(Array.from(two.entries(), ([key, value]) => [key, value.toString()])).toEqual([
    ['', 'empty'],
    ['b/3', 'other'],
  ]);
  await expect(
    directory.write((transaction) => transaction.put(one, 'k'.repeat(2_000), Buffer.alloc(1))),
  ).rejects.toThrow('more than');
});

test('close waits for what was asked before, and refuses what comes after', async () => {
  const topic = directory.topic('events');
  const written = append(directory, topic, [recordOf('a', '1')]);
  const closed = directory.close();
  expect(directory.close()).toBe(closed);
  await expect(append(directory, topic, [recordOf('b', '1')])).rejects.toMatchObject({
    code: 'LOG_UNAVAILABLE',
  });
  await closed;
  await expect(written).resolves.toBe(0n);
  expect(() => directory.table('facts').get('a')).toThrow('has been closed');
  expect(linesOf((await place.open()).topic('events'))).toEqual(['0 a=1']);
});
