import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDataDirectory } from './open-data-directory.ts';
import { append, createTestPlace, linesOf, recordOf, testStartMs, type TestPlace } from './test-place.ts';

let place: TestPlace;
beforeEach(() => {
  place = createTestPlace();
});
afterEach(() => place.clear());

const file = (name: string) => join(place.path, name);

/** Names and contents of all files but those that say who holds the directory. */
function contents(): Record<string, string> {
  const names = readdirSync(place.path, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.startsWith('holders') && !name.endsWith('-lock'),
  );
  return Object.fromEntries(names.map((name) => [name, readFileSync(file(name), 'base64')]));
}

/** A closed directory with records in both kinds of topics and in a table. */
async function made(): Promise<void> {
  const directory = await place.open({ tailBytesMax: 1 });
  const value = 'v'.repeat(300);
  for (let at = 0; at < 40; at += 1) {
    await append(
      directory,
      directory.topic('events'),
      Array.from({ length: 100 }, () => recordOf('key', value)),
    );
    await append(directory, directory.compactedTopic('states'), [recordOf(`key-${at}`, value)]);
  }
  await directory.write((transaction) => transaction.put(directory.table('facts'), 'a', Buffer.from('1')));
  await directory.maintain();
  await directory.close();
}

test('a directory is made once, and is the same ever after', async () => {
  const directory = await place.open({ partitions: 3 });
  const { id, createdAtMs, partitions, path } = directory;
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect([createdAtMs, partitions, path]).toEqual([testStartMs, 3, place.path]);
  await directory.close();
  place.clockMs += 1_000;
  for (const options of [{ partitions: 3 }, { mustExist: true, partitions: undefined }]) {
    const again = await place.open(options as { partitions: number });
    expect([again.id, again.createdAtMs, again.partitions]).toEqual([id, testStartMs, 3]);
    await again.close();
  }
});

test('another number of partitions is refused', async () => {
  await made();
  const before = contents();
  await expect(place.open({ partitions: 3 })).rejects.toMatchObject({
    code: 'PARTITION_COUNT_CHANGED',
    message: expect.stringContaining('made with 2 partitions, not with 3'),
  });
  expect(contents()).toEqual(before);
});

test('where nothing is, nothing is made if a directory is expected', async () => {
  await expect(place.open({ mustExist: true })).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  expect(existsSync(place.path)).toBe(false);
  mkdirSync(place.path);
  await expect(place.open({ mustExist: true })).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  expect(readdirSync(place.path)).toEqual([]);
});

test('a place that cannot hold a directory is refused', async () => {
  writeFileSync(place.path, 'a file');
  await expect(place.open()).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
    message: expect.stringContaining('it is a file'),
  });
  const below = openDataDirectory(join(place.path, 'below'), {
    label: 'a test',
    partitions: 1,
    topics: {},
    compactedTopics: {},
  });
  await expect(below).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  expect(readFileSync(place.path, 'utf8')).toBe('a file');
});

test('a directory with files of somebody else is left alone', async () => {
  mkdirSync(place.path);
  writeFileSync(file('thesis.txt'), 'years of work');
  await expect(place.open()).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
    message: expect.stringContaining('thesis.txt'),
  });
  expect(readdirSync(place.path)).toEqual(['thesis.txt']);
});

test('the root of a fresh file system counts as empty', async () => {
  mkdirSync(join(place.path, 'lost+found'), { recursive: true });
  await (await place.open()).close();
  expect((await place.open({ mustExist: true })).partitions).toBe(2);
});

test('a directory whose making broke off is made to its end', async () => {
  await (await place.open()).close();
  rmSync(file('offerlock.json'));
  const { id } = await place.open();
  expect(JSON.parse(readFileSync(file('offerlock.json'), 'utf8'))).toMatchObject({
    format: 1,
    id,
    partitions: 2,
  });
});

test('a newer format is refused, and nothing is touched', async () => {
  await made();
  const manifest = JSON.parse(readFileSync(file('offerlock.json'), 'utf8')) as object;
  writeFileSync(file('offerlock.json'), JSON.stringify({ ...manifest, format: 2, news: true }));
  const [before, holders] = [contents(), readdirSync(file('holders'))];
  await expect(place.open()).rejects.toMatchObject({ code: 'DATA_FORMAT_UNSUPPORTED' });
  expect(contents()).toEqual(before);
  expect(readdirSync(file('holders'))).toEqual(holders);
});

/** Changes one byte at the `at`th place where the bytes are found. */
function flip(bytes: string | Buffer, shift = 0): void {
  const data = readFileSync(file('data.mdb'));
  let changed = 0;
  for (let at = data.indexOf(bytes); at >= 0; at = data.indexOf(bytes, at + 1)) {
    data[at + shift] = (data[at + shift] as number) ^ 0x40;
    changed += 1;
  }
  if (changed === 0) throw new Error('there is nothing to damage');
  writeFileSync(file('data.mdb'), data);
}

test.each<readonly [string, () => void]>([
  ['is missing', () => rmSync(file('data.mdb'))],
  ['is empty', () => truncateSync(file('data.mdb'), 0)],
  ['ends within its header', () => truncateSync(file('data.mdb'), 5_000)],
  ['lost its second half', () => truncateSync(file('data.mdb'), 800_000)],
  ['begins with zeros', () => writeFileSync(file('data.mdb'), Buffer.alloc(4_096), { flag: 'r+' })],
  ['begins with something else', () => writeFileSync(file('data.mdb'), 'x'.repeat(9_000), { flag: 'r+' })],
  [
    'has zeros in its second header',
    () => {
      const data = readFileSync(file('data.mdb'));
      writeFileSync(file('data.mdb'), data.fill(0, 4_096, 8_192));
    },
  ],
  ['has a damaged manifest', () => flip('"createdAtMs"', 2)],
  ['has a damaged manifest beside it', () => writeFileSync(file('offerlock.json'), '{"format": 1')],
  ['has an incomplete manifest beside it', () => writeFileSync(file('offerlock.json'), '{"format": 1}')],
])('a data file that %s is told as damaged, and not touched', async (_, damage) => {
  await made();
  damage();
  const before = contents();
  await expect(place.open()).rejects.toMatchObject({
    code: 'LOG_CORRUPT',
    message: expect.stringContaining(place.path),
  });
  expect(contents()).toEqual(before);
});

test('the data file of another directory is told', async () => {
  await made();
  const other = createTestPlace();
  await (await other.open()).close();
  copyFileSync(join(other.path, 'data.mdb'), file('data.mdb'));
  await other.clear();
  await expect(place.open()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
});

test('damaged records are told with their place, and the others can be read', async () => {
  const directory = await place.open();
  const topic = directory.topic('events');
  await append(directory, topic, [recordOf('a', 'first')]);
  await append(directory, topic, [recordOf('a', 'second')]);
  await append(directory, topic, [recordOf('a', 'third')]);
  await directory.close();
  flip('second');
  const again = (await place.open()).topic('events');
  expect(() => linesOf(again)).toThrow('topic events, partition 0 from offset 1 on are damaged');
  expect(() => again.read(0, 1n, { recordsMax: 1, bytesMax: 1 })).toThrow(
    expect.objectContaining({ code: 'LOG_CORRUPT', details: { topic: 'events', partition: 0, offset: 1n } }),
  );
  expect(linesOf(again, 0, 2n)).toEqual(['2 a=third']);
  expect(again.read(0, 0n, { recordsMax: 1, bytesMax: 1_000 }).records).toHaveLength(1);
});

test('a damaged record of a key is told with its place, and the others can be read', async () => {
  const directory = await place.open({ tailBytesMax: 1 });
  const topic = directory.compactedTopic('states');
  for (const key of ['ann', 'bob', 'cid', 'end']) {
    await append(directory, topic, [recordOf(key, `the state of ${key}`.padEnd(9_000))]);
  }
  await directory.maintain();
  await directory.close();
  flip('the state of bob');
  const again = (await place.open()).compactedTopic('states');
  expect(() => again.get('bob')).toThrow(
    expect.objectContaining({ code: 'LOG_CORRUPT', details: { topic: 'states', partition: 0, offset: 1n } }),
  );
  expect(again.get('ann')?.value.toString()).toContain('the state of ann');
  expect(again.get('cid')?.value.toString()).toContain('the state of cid');
});
