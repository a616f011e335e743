import { afterEach, expect, test } from '@jest/globals';
import type { StoredRecord } from '@offerlock/data-directory';
import { createRecordDecoder, readSchemaId } from '@offerlock/schemas';
import type { OpenDirectory, PlainTopic } from '../ports.ts';
import { createTestInstallation, type TestInstallation } from '../test-installation.ts';
import { plainTopics } from './export-plan.ts';
import { fillDirectory, mark } from './test-filled-directory.ts';

const partitions = 4;
const other = JSON.stringify({ type: 'record', name: 'Other', fields: [] });
const everything = { recordsMax: 10_000, bytesMax: 1e9 };

const installations: TestInstallation[] = [];

afterEach(() => {
  for (const { directories } of installations.splice(0)) directories.remove();
});

/** A log that was filled from a directory `data`, under schema ids of its own. */
async function prepared(): Promise<TestInstallation> {
  const installation = createTestInstallation();
  installations.push(installation);
  await installation.registry.register('others', other);
  const opened = await installation.directories.create('data', partitions);
  await fillDirectory(opened);
  await opened.close();
  const { exitCode } = await installation.offerlock('export');
  if (exitCode !== 0) throw new Error('the log was not filled');
  return installation;
}

function recordsOf(opened: OpenDirectory, topic: PlainTopic, partition: number) {
  return opened.topic(topic).read(partition, 0n, everything).records;
}

function textOf({ key, value, headers, timestampMs }: StoredRecord): string {
  const texts = Object.entries(headers).map(([name, bytes]) => `${name}=${String(bytes)}`);
  return `${timestampMs} ${String(key)} ${value?.toString('hex')} ${texts.join(' ')}`;
}

/** Everything in a directory but what is only there while an import is under way. */
async function contentOf(installation: TestInstallation, path: string): Promise<unknown> {
  const opened = await installation.directories.open(path);
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const content = {
    records: plainTopics.map((topic) =>
      all.map((partition) =>
        recordsOf(opened, topic, partition).map((record) => `${record.offset} ${textOf(record)}`),
      ),
    ),
    // In order of key: a copy of the changelog has another order, and leaves out what is no longer the newest.
    states: opened.states.entries(10_000).map(({ partition, record }) => `${partition} ${textOf(record)}`),
    committed: all.map(opened.committed),
    underWay: [...opened.directory.table('import').entries()].map(([key]) => key),
  };
  await opened.close();
  return content;
}

test('there and back again, every record is what it was', async () => {
  const installation = await prepared();
  const { exitCode, stdout, stderr } = await installation.offerlock('import --data-dir copy');
  expect(stderr).toContain('Everything is there');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/test\.webactions\.events\.v1 +│ +60 │ equal/);
  expect(await contentOf(installation, 'copy')).toEqual(await contentOf(installation, 'data'));
  expect(installation.open).toBe(0);
});

test('a repeat finds a directory that is complete, and leaves it alone', async () => {
  const installation = await prepared();
  await installation.offerlock('import --data-dir copy');
  const before = await contentOf(installation, 'copy');
  const { exitCode, stderr } = await installation.offerlock('import --data-dir copy');
  expect(stderr).toContain('copy holds records already');
  expect(exitCode).toBe(1);
  expect(await contentOf(installation, 'copy')).toEqual(before);
});

test('after a failure at any place nothing can use the directory, until the next run has ended', async () => {
  const installation = await prepared();
  await installation.offerlock('import --data-dir whole');
  const expected = await contentOf(installation, 'whole');
  let pieces = 0;
  for (; ; pieces += 1) {
    const copy = `copy-${pieces}`;
    installation.transferLog.failRead(pieces);
    const { exitCode } = await installation.offerlock(`import --data-dir ${copy}`);
    if (exitCode === 0) break;
    const early = await installation.offerlock(`export --data-dir ${copy}`);
    expect(early.stderr).toContain('an import into this data directory has not ended');
    expect(await installation.offerlock(`import --data-dir ${copy}`)).toMatchObject({ exitCode: 0 });
    expect(await contentOf(installation, copy)).toEqual(expected);
  }
  expect(pieces).toBeGreaterThan(10);
});

test('offsets stay, over gaps and a deleted beginning, and new events come after everything committed', async () => {
  const installation = await prepared();
  const { transferLog, registry } = installation;
  const [first] = transferLog.topics.events[0] ?? [];
  transferLog.put('events', 0, null);
  transferLog.put('events', 0, first ?? null);
  transferLog.put('events', 0, null);
  transferLog.deleteBefore('events', 0, 4n);
  transferLog.deleteBefore('events', 1, 15n);
  transferLog.committed[0] = { offset: 18n, mark };
  transferLog.committed[1] = { offset: 15n, mark };
  transferLog.committed[2] = null;
  expect(await installation.offerlock('import --data-dir copy')).toMatchObject({ exitCode: 0 });

  const opened = await installation.directories.open('copy');
  const offsets = recordsOf(opened, 'events', 0).map(({ offset }) => Number(offset));
  expect(offsets).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17]);
  expect(opened.topic('events').bounds(0).endOffset).toBe(18n);
  expect(opened.topic('events').bounds(1).endOffset).toBe(15n);
  expect([0, 1, 2].map((partition) => opened.committed(partition)?.offset)).toEqual([18n, 15n, undefined]);

  const decoder = createRecordDecoder(opened.registry);
  for (const partition of [0, 1]) {
    const last = recordsOf(opened, 'events', partition).at(-1);
    expect(await decoder.decode(last?.value ?? null)).toMatchObject({ type: 'timer', timer: { offset: -1 } });
    expect(opened.partitionOf(last?.key ?? Buffer.alloc(0))).toBe(partition);
  }
  expect(await registry.schemaById(1)).toBe(other);
  await opened.close();
});

test('bytes whose schema nobody knows are left alone', async () => {
  const installation = await prepared();
  const value = Buffer.from([0, 0x7f, 0xff, 0, 9, 1, 2, 3]);
  installation.transferLog.put('deadLetters', 3, { key: null, value, headers: {}, timestampMs: 1 });
  await installation.offerlock('import --data-dir copy');
  const opened = await installation.directories.open('copy');
  expect(recordsOf(opened, 'deadLetters', 3).at(-1)?.value).toEqual(value);
  const [event] = recordsOf(opened, 'events', 0);
  expect(readSchemaId(event?.value ?? Buffer.alloc(0))).toBe(1);
  await opened.close();
});

test('a dry run makes no directory and says what would be copied', async () => {
  const installation = await prepared();
  const { exitCode, stdout } = await installation.offerlock('import --data-dir copy --dry-run');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/test\.webactions\.events\.v1 +│ +60/);
  expect(stdout).toMatch(/│ 0 +│ 13 +│ 2 /);
  await expect(installation.directories.open('copy')).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
  });
});

test('a stop ends it, and the next run goes on', async () => {
  const installation = await prepared();
  installation.stop.abort();
  const stopped = await installation.offerlock('import --data-dir copy');
  expect(stopped).toMatchObject({ exitCode: 1 });
  expect(stopped.stderr).toContain('The same command goes on from here');
  installation.stop = new AbortController();
  expect(await installation.offerlock('import --data-dir copy')).toMatchObject({ exitCode: 0 });
  expect(await contentOf(installation, 'copy')).toEqual(await contentOf(installation, 'data'));
});

test.each<[string, (installation: TestInstallation) => void | Promise<void>, RegExp]>([
  [
    'projectors that are running',
    ({ transferLog }) => {
      transferLog.members = 1;
    },
    /1 projectors are running in the group test-group/,
  ],
  [
    'an import of another log',
    async ({ directories }) => {
      const opened = await directories.create('copy', partitions);
      await opened.directory.write((transaction) =>
        transaction.put(opened.directory.table('import'), 'source', Buffer.from('{"cluster":"another"}')),
      );
      await opened.close();
    },
    /an import from \{"cluster":"another"\} has begun there/,
  ],
  [
    'an event that another partitioner has placed',
    ({ transferLog }) => {
      const record = transferLog.topics.events[0]?.at(-1);
      transferLog.put('events', 2, record ?? null);
    },
    /events\/2: the record at offset 15 with key default\/customer-\d+ belongs to partition 0/,
  ],
])('%s: refused', async (_, disturb, message) => {
  const installation = await prepared();
  await disturb(installation);
  const { exitCode, stderr } = await installation.offerlock('import --data-dir copy');
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(1);
});

test('a log that grows meanwhile is noticed, and the next run fetches the rest', async () => {
  const installation = await prepared();
  const { transferLog } = installation;
  const transfer = transferLog.transfer;
  let hasGrown = false;
  Object.assign(transferLog, {
    transfer: () => ({
      ...transfer(),
      read: async (...[topic, from, onRecords]: Parameters<ReturnType<typeof transfer>['read']>) => {
        const read = await transfer().read(topic, from, onRecords);
        if (!hasGrown && topic === 'events') {
          transferLog.put('events', 0, transferLog.topics.events[0]?.at(-1) ?? null);
          hasGrown = true;
        }
        return read;
      },
    }),
  });
  const { exitCode, stderr } = await installation.offerlock('import --data-dir copy');
  expect(stderr).toContain('test.webactions.events.v1/0 has grown meanwhile');
  expect(exitCode).toBe(1);
  expect(await installation.offerlock('import --data-dir copy')).toMatchObject({ exitCode: 0 });
  const opened = await installation.directories.open('copy');
  expect(recordsOf(opened, 'events', 0)).toHaveLength(16);
  await opened.close();
});
