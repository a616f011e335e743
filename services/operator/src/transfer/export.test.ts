import { afterEach, expect, test } from '@jest/globals';
import type { TopicRecord } from '@offerlock/event-log';
import type { OfferState } from '@offerlock/lifecycle';
import { createDecoder, createRecordDecoder, type Topic } from '@offerlock/schemas';
import { createTestInstallation, type TestInstallation } from '../test-installation.ts';
import { allTopics } from './export-target.ts';
import { createTestDirectories, type TestDirectories } from './test-directories.ts';
import { fillDirectory, mark } from './test-filled-directory.ts';

const partitions = 4;
const other = JSON.stringify({ type: 'record', name: 'Other', fields: [] });

const installations: TestInstallation[] = [];

afterEach(() => {
  for (const { directories } of installations.splice(0)) directories.remove();
});

/** A directory `data` with records, and an empty installation beside it, in whose registry other schemas came first. */
async function prepared({ gone = 0 } = {}): Promise<TestInstallation> {
  const installation = await emptyBeside(createTestDirectories());
  installations.push(installation);
  const opened = await installation.directories.create('data', partitions);
  await fillDirectory(opened, gone);
  await opened.close();
  return installation;
}

async function emptyBeside(directories: TestDirectories): Promise<TestInstallation> {
  const installation = createTestInstallation(directories);
  await installation.registry.register('others', other);
  return installation;
}

function textOf({ key, value, headers, timestampMs, offset }: TopicRecord): string {
  const texts = Object.entries(headers).map(([name, bytes]) => `${name}=${String(bytes)}`);
  return `${offset} ${timestampMs} ${String(key)} ${value?.toString('hex')} ${texts.join(' ')}`;
}

function contentOf({ transferLog }: TestInstallation, topic: Topic): readonly (readonly string[])[] {
  return transferLog.topics[topic].map((records) =>
    records.map((record) => (record === null ? 'marker' : textOf(record))),
  );
}

function everythingIn(installation: TestInstallation): unknown {
  return {
    topics: allTopics.map((topic) => contentOf(installation, topic)),
    committed: installation.transferLog.committed,
    projection: installation.projection.entries(),
  };
}

test('every record comes to lie in its partition, at its offset, under the target’s schema id', async () => {
  const installation = await prepared();
  const { exitCode, stdout, stderr } = await installation.offerlock('export');
  expect(stderr).toContain('Everything is there');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/test\.webactions\.events\.v1 +│ +60 │ +0 │ +60 │ equal/);
  const opened = await installation.directories.open('data');
  const decoder = createRecordDecoder(installation.registry);
  const original = createRecordDecoder(opened.registry);
  for (let partition = 0; partition < partitions; partition += 1) {
    const { records } = opened.topic('events').read(partition, 0n, { recordsMax: 1_000, bytesMax: 1e9 });
    const copies = installation.transferLog.topics.events[partition] ?? [];
    expect(copies).toHaveLength(records.length);
    for (const [at, copy] of copies.entries()) {
      expect(copy).toMatchObject({ offset: records[at]?.offset, timestampMs: records[at]?.timestampMs });
      expect(await decoder.decode(copy?.value ?? null)).toEqual(
        await original.decode(records[at]?.value ?? null),
      );
    }
  }
  await opened.close();
  expect(installation.transferLog.committed).toEqual(
    Array.from({ length: partitions }, () => ({ offset: 13n, mark })),
  );
  expect(installation.open).toBe(0);
});

test('the projection gets every state of the changelog, at the same position', async () => {
  const installation = await prepared();
  await installation.offerlock('export');
  const changes = createDecoder(installation.registry, { offerState: (change) => change });
  const found: unknown[] = [];
  for (const record of installation.transferLog.topics.offerStates.flat()) {
    const change = await changes.decode(record?.value ?? null);
    if ('type' in change) throw new Error(change.detail);
    found.push([String(record?.key), change.position, change.state]);
  }
  const expected = installation.projection
    .entries()
    .map(({ key, offer }) => [`${key.customer}/${key.actionMapId}`, offer.position, offer.stateJson]);
  expect(found).toHaveLength(3 * partitions);
  expect(new Set(found.map(String))).toEqual(new Set(expected.map(String)));
});

test('a repeat finds everything there and changes nothing', async () => {
  const installation = await prepared();
  await installation.offerlock('export');
  const before = everythingIn(installation);
  const { exitCode, stdout } = await installation.offerlock('export');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/test\.webactions\.events\.v1 +│ +60 │ +60 │ +0 │ equal/);
  expect(everythingIn(installation)).toEqual(before);
});

test('after a failure at any place the next run goes on, and nothing is lost or doubled', async () => {
  const whole = await prepared();
  await whole.offerlock('export');
  const expected = everythingIn(whole);
  for (const executed of [true, false]) {
    let appends = 0;
    for (let isWhole = false; !isWhole; appends += 1) {
      const installation = await emptyBeside(whole.directories);
      installation.transferLog.failAppend(appends, executed);
      const { exitCode } = await installation.offerlock('export');
      isWhole = exitCode === 0;
      expect(await installation.offerlock('export')).toMatchObject({ exitCode: 0 });
      expect(everythingIn(installation)).toEqual(expected);
    }
    expect(appends).toBeGreaterThan(10);
  }
});

test('a stop ends it, and the next run goes on', async () => {
  const whole = await prepared();
  await whole.offerlock('export');
  const installation = await prepared();
  installation.stop.abort();
  const stopped = await installation.offerlock('export');
  expect(stopped).toMatchObject({ exitCode: 1 });
  expect(stopped.stderr).toContain('The same command goes on from here');
  installation.stop = new AbortController();
  expect(await installation.offerlock('export')).toMatchObject({ exitCode: 0 });
  expect(everythingIn(installation)).toEqual(everythingIn(whole));
});

test('a dry run writes nothing and says what would be copied', async () => {
  const installation = await prepared();
  const before = everythingIn(installation);
  const { exitCode, stdout } = await installation.offerlock('export --dry-run');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/test\.webactions\.events\.v1 +│ +0 │ +60/);
  expect(stdout).toMatch(/│ 0 +│ 13 /);
  expect(everythingIn(installation)).toEqual(before);
  expect(await installation.registry.schemaById(2)).toBeNull();
});

test.each<[string, (installation: TestInstallation) => void | Promise<void>, RegExp]>([
  [
    'a topic with a foreign record',
    ({ transferLog }) =>
      transferLog.put('timers', 2, { key: 'k', value: Buffer.from('v'), headers: {}, timestampMs: 1 }),
    /test\.webactions\.timers\.v1\/2 holds something else/,
  ],
  [
    'a topic with the marker of a transaction',
    ({ transferLog }) => transferLog.put('metrics', 1, null),
    /test\.webactions\.metrics\.v1\/1 holds something else/,
  ],
  [
    'a topic with more records than there are',
    async (installation) => {
      await installation.offerlock('export');
      const [record] = installation.transferLog.topics.events[0] ?? [];
      if (record) installation.transferLog.put('events', 0, record);
    },
    /test\.webactions\.events\.v1\/0 holds something else.*more records/,
  ],
  [
    'a topic that was emptied',
    async (installation) => {
      await installation.offerlock('export');
      installation.transferLog.deleteBefore('events', 3, 15n);
    },
    /test\.webactions\.events\.v1\/3 holds something else/,
  ],
  [
    'a changelog with a foreign record',
    ({ transferLog }) =>
      transferLog.put('offerStates', 0, { key: 'k', value: Buffer.from('v'), headers: {}, timestampMs: 1 }),
    /test\.webactions\.offer-states\.v1\/0 holds something else/,
  ],
  [
    'projectors that are running',
    ({ transferLog }) => {
      transferLog.members = 2;
    },
    /2 projectors are running in the group test-group/,
  ],
  [
    'a group that has committed something else',
    ({ transferLog }) => {
      transferLog.committed[1] = { offset: 13n, mark: null };
    },
    /the group test-group has committed offset 13 of partition 1/,
  ],
  [
    'a projection with another state',
    async (installation) => {
      await installation.offerlock('export');
      const [entry] = installation.projection.entries();
      if (entry === undefined) throw new Error('nothing was projected');
      await installation.projection
        .store()
        .save([{ key: entry.key, position: entry.offer.position, stateJson: '{"a":1}', before: null }]);
    },
    /the projection holds another state of customer/,
  ],
  [
    'an import that has not ended',
    async ({ directories }) => {
      const opened = await directories.open('data');
      await opened.directory.write((transaction) =>
        transaction.put(opened.directory.table('import'), 'source', Buffer.from('{}')),
      );
      await opened.close();
    },
    /an import into this data directory has not ended/,
  ],
])('%s is refused and left as it is', async (_, disturb, message) => {
  const installation = await prepared();
  await disturb(installation);
  const before = everythingIn(installation);
  const { exitCode, stderr } = await installation.offerlock('export');
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(1);
  expect(everythingIn(installation)).toEqual(before);
});

test('somebody who writes meanwhile is noticed', async () => {
  const installation = await prepared();
  const { transferLog } = installation;
  const transfer = transferLog.transfer;
  Object.assign(transferLog, {
    transfer: () => ({
      ...transfer(),
      append: async (...[topic, partition, records]: Parameters<ReturnType<typeof transfer>['append']>) => {
        if (topic === 'events' && transferLog.topics.events[1]?.length === 0) {
          transferLog.put('events', 1, { key: 'k', value: null, headers: {}, timestampMs: 1 });
        }
        return transfer().append(topic, partition, records);
      },
    }),
  });
  const { exitCode, stderr } = await installation.offerlock('export');
  expect(stderr).toContain('somebody else writes there');
  expect(exitCode).toBe(1);
});

test('where the log has lost its beginning, states and deadlines follow their events', async () => {
  const installation = await prepared({ gone: 7 });
  const { exitCode, stdout, stderr } = await installation.offerlock('export');
  expect(stderr).toContain('4 of the events hold the place of what is gone');
  expect(exitCode).toBe(0);
  // 8 of 15 are left, and a placeholder.
  expect(stdout).toMatch(/test\.webactions\.events\.v1 +│ +36 │ +0 │ +36 │ equal/);
  expect(installation.transferLog.committed[0]).toEqual({ offset: 7n, mark });

  const decoder = createRecordDecoder(installation.registry);
  const [placeholder] = installation.transferLog.topics.events[0] ?? [];
  expect(await decoder.decode(placeholder?.value ?? null)).toMatchObject({ type: 'timer' });

  // The event at 12, the last one that was folded, lies at 6; the first early event, at 1, six before the beginning.
  const positions = installation.projection
    .entries()
    .map(({ offer }) => Number(`0x${offer.position.slice(13)}`));
  expect(Math.max(...positions)).toBe(6);
  const waiting = installation.projection
    .entries()
    .flatMap(({ key, offer }) =>
      (JSON.parse(offer.stateJson) as OfferState).early.map((early) => `${key.customer} ${early.offset}`),
    );
  const timers: string[] = [];
  for (const record of installation.transferLog.topics.timers.flat()) {
    const timer = await decoder.decode(record?.value ?? null);
    if (timer.type === 'timer') timers.push(`default/${timer.timer.customerId} ${timer.timer.offset}`);
  }
  expect(timers).toHaveLength(partitions);
  expect(waiting.sort()).toEqual(timers.sort());
  expect(timers[0]).toMatch(/ -6$/);

  expect(await installation.offerlock('export')).toMatchObject({ exitCode: 0 });
});
