/*
 * Moving an installation: what projectors on Kafka make of a data directory that was exported to them in the middle of
 * its work must be what one fold over all events gives, whatever interrupted the export; and the way back must bring
 * every record back as it is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { kafkaConnectionOf, kafkaVariables, parseVariables } from '@offerlock/config';
import type { LogTransfer, TopicReader, TopicRecord } from '@offerlock/event-log';
import { committedOffsets } from '@offerlock/event-log/embedded';
import { createKafkaLogTransfer } from '@offerlock/event-log/kafka';
import { eventOf } from '@offerlock/lifecycle/testing';
import { createDecoder, withSchemaId, type OfferTimer } from '@offerlock/schemas';
import { differences, foldedAccount, foundAccount, type Account } from '../support/account.ts';
import {
  openEmbeddedInstallation,
  type EmbeddedInstallation,
  type EmbeddedInstallationOptions,
} from '../support/embedded-installation.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { startOperator } from '../support/operator-process.ts';
import { publishSimulated } from '../support/publish-simulated.ts';
import { printedRandom } from '../support/random.ts';
import { until } from '../support/until.ts';

const partitions = 4;
const movedTopics = ['events', 'metrics', 'deadLetters', 'timers', 'offerStates'] as const;
let installation: Installation;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'offerlock-moving-'));
  installation = await createInstallation({ partitions });
});

afterEach(async () => {
  await installation.close();
  await rm(root, { recursive: true });
});

/** Customers who have done something whose beginning nobody has heard of, and that beginning. */
const waiting = Array.from({ length: 6 }, (_, at) => `waiting-${at}`);
const startAt = Date.UTC(2026, 4, 1);
const accepted = waiting.map((customerId) =>
  eventOf('accepted', { customerId, eventId: `accepted-${customerId}`, occurredAt: startAt + 5_000 }),
);
const offered = waiting.map((customerId) =>
  eventOf('offered', { customerId, eventId: `offered-${customerId}`, occurredAt: startAt }),
);

async function withDirectory<T>(
  directory: string,
  use: (embedded: EmbeddedInstallation) => Promise<T>,
  options: EmbeddedInstallationOptions = {},
): Promise<T> {
  const embedded = await openEmbeddedInstallation(directory, options);
  try {
    return await use(embedded);
  } finally {
    await embedded.close();
  }
}

async function foldEverything(embedded: EmbeddedInstallation): Promise<void> {
  const { directory } = embedded;
  const projector = embedded.createProjector();
  const ended = projector.run();
  await until(
    'everything is folded',
    () =>
      Array.from({ length: partitions }, (_, partition) => partition).every((partition) => {
        const { endOffset } = directory.topic('webactions.events.v1').bounds(partition);
        return (committedOffsets(directory).get(partition)?.offset ?? 0n) >= endOffset;
      }),
    { timeoutMs: 60_000 },
  );
  await projector.stop();
  await ended;
}

/** A directory in the middle of its work: 15,000 events are folded, some of them wait, 5,000 are still to come. */
async function fillDirectory(directory: string): Promise<void> {
  const limits = { chunkBytesMax: 16_384 };
  await withDirectory(
    directory,
    async (embedded) => {
      await embedded.publish(accepted);
      await publishSimulated(embedded, { seed: 1, events: 15_000 });
      await foldEverything(embedded);
      await publishSimulated(embedded, { seed: 2, events: 5_000 });
    },
    { partitions, limits },
  );
}

function run(...argv: string[]) {
  return startOperator(argv, installation.environment);
}

/** Records in all topics of the installation; grows while an export is copying. */
async function copiedRecords(log: LogTransfer): Promise<number> {
  let records = 0n;
  for (const topic of movedTopics) {
    for (const { endOffset } of await log.bounds(topic)) records += endOffset;
  }
  return Number(records);
}

/** Kills an export when it has copied about so many records. */
async function exportKilledAfter(records: number, directory: string): Promise<void> {
  const kafka = kafkaConnectionOf(
    parseVariables(kafkaVariables, { ...process.env, ...installation.environment }),
  );
  const log = createKafkaLogTransfer({ connection: kafka, groupId: 'nobody' });
  const started = run('export', '--data-dir', directory);
  let hasEnded = false;
  const ended = started.ended.finally(() => {
    hasEnded = true;
  });
  try {
    await until('so many records are copied', async () => hasEnded || (await copiedRecords(log)) >= records, {
      timeoutMs: 60_000,
      everyMs: 5,
    });
  } finally {
    started.kill('SIGKILL');
    await log.close();
  }
  const { signal, stderr } = await ended;
  expect({ signal, stderr }).toMatchObject({ signal: 'SIGKILL' });
}

/** By place; of states the newest, by key. */
async function recordsOf(
  reader: TopicReader,
  topic: Parameters<TopicReader['read']>[0],
): Promise<Map<string, TopicRecord>> {
  const found = new Map<string, TopicRecord>();
  await reader.read(topic, (records) => {
    for (const record of records) {
      const { partition, offset, key } = record;
      found.set(`${partition}/${topic === 'offerStates' ? String(key) : offset}`, record);
    }
  });
  return found;
}

function textOf({ key, value, headers, timestampMs }: TopicRecord): string {
  const texts = Object.entries(headers).map(([name, text]) => `${name}=${String(text)}`);
  // Schema ids belong to the registry.
  const body = value?.[0] === 0 ? value.subarray(5) : value;
  return `${timestampMs} ${String(key)} ${body?.toString('base64')} ${texts.sort().join(' ')}`;
}

test('projectors on Kafka go on where the directory stood, wherever the export was killed', async () => {
  const random = printedRandom('export');
  const directory = join(root, 'data');
  await fillDirectory(directory);
  const total = await withDirectory(directory, async (embedded) => {
    let records = 0;
    for (const topic of movedTopics) records += (await recordsOf(embedded.reader, topic)).size;
    return records;
  });
  const moments = Array.from({ length: 4 }, () => 1 + random.below(total - 2_000));
  for (const moment of moments.sort((one, other) => one - other)) await exportKilledAfter(moment, directory);
  for (const result of ['copied', 'repeated']) {
    const { code } = await run('export', '--data-dir', directory).ended;
    expect({ result, code }).toEqual({ result, code: 0 });
  }

  const projector = installation.startProjector();
  await installation.publish(offered);
  await publishSimulated(installation, { seed: 3, events: 5_000 });
  await installation.drained();
  const compared = await installation.compare();
  expect(compared.differences).toEqual([]);
  expect(compared.truth.outcomes['early']).toBeGreaterThan(waiting.length);
  for (const customerId of waiting) {
    const [map] = await installation.projection.offersOf(`default/${customerId}`);
    expect(JSON.parse(map?.offer.stateJson ?? '{}')).toMatchObject({ status: 'accepted', early: [] });
  }

  const early = await run('export', '--data-dir', directory).ended;
  expect(early.stderr).toMatch(/1 projectors are running in the group/);
  projector.kill('SIGTERM');
  await projector.exited;
  const late = await run('export', '--data-dir', directory).ended;
  expect(late.stderr).toMatch(/has committed offset \d+ of partition/);
}, 300_000);

test('the way back brings every record as it is, and the directory goes on where the projectors stood', async () => {
  const random = printedRandom('import');
  await installation.publish(accepted);
  await publishSimulated(installation, { seed: 5, events: 10_000 });
  const projector = installation.startProjector();
  await installation.drained();
  projector.kill('SIGTERM');
  await projector.exited;
  await publishSimulated(installation, { seed: 6, events: 3_000 });

  const copy = join(root, 'copy');
  for (let kills = 0; kills < 3; kills += 1) {
    const started = run('import', '--data-dir', copy);
    const timer = setTimeout(() => started.kill('SIGKILL'), 1_000 + random.below(2_000));
    await started.ended;
    clearTimeout(timer);
  }
  // One of them may have been fast enough to finish before.
  const last = await run('import', '--data-dir', copy).ended;
  expect(last.code === 0 || last.stderr.includes('holds records already')).toBe(true);

  await withDirectory(copy, async (embedded) => {
    for (const topic of movedTopics) {
      const here = await recordsOf(embedded.reader, topic);
      const there = await recordsOf(installation.reader, topic);
      const wrong = [...there].filter(([place, record]) => {
        const copied = here.get(place);
        return copied === undefined || textOf(copied) !== textOf(record);
      });
      expect({ topic, wrong: wrong.slice(0, 3).map(([place]) => place) }).toEqual({ topic, wrong: [] });
      expect({ topic, records: here.size }).toEqual({ topic, records: there.size });
    }
    await embedded.publish(offered);
    await publishSimulated(embedded, { seed: 4, events: 2_000 });
    await foldEverything(embedded);
    const after = await embedded.compare();
    expect(after.differences).toEqual([]);
    expect(after.truth.outcomes['applied']).toBeGreaterThan(10_000);
  });
}, 300_000);

/** Without the offsets of events, which move. */
function withoutOffsets(account: Omit<Account, 'outcomes' | 'customers'>): typeof account {
  return {
    metrics: account.metrics.map((line) => line.replace(/ -?\d+$/, '')).sort(),
    deadLetters: account.deadLetters.map((line) => line.replace(/\/-?\d+ /, '/? ')).sort(),
    states: account.states.map(stateWithoutOffsets).sort(),
    changelog: account.changelog.map(stateWithoutOffsets).sort(),
  };
}

function stateWithoutOffsets(line: string): string {
  return line.replaceAll(/"offset":"-?\d+"/g, '"offset":"?"');
}

test('a log that has lost its beginning goes on, too, and deadlines still find their early events', async () => {
  const directory = join(root, 'data');
  await fillDirectory(directory);
  const registered = { here: 0, there: 0 };
  const [all, timers] = await withDirectory(directory, async (embedded) => {
    registered.here = embedded.encoders.event.encode(eventOf('offered')).readUInt32BE(1);
    const decoder = createDecoder<OfferTimer>(embedded.registry, { timer: (timer) => timer });
    const found: { timer: OfferTimer; value: Buffer }[] = [];
    await embedded.reader.read('timers', async (records) => {
      for (const { value } of records) {
        const timer = await decoder.decode(value);
        if (!('type' in timer) && value !== null) found.push({ timer, value: Buffer.from(value) });
      }
    });
    return [[...(await recordsOf(embedded.reader, 'events')).values()], found] as const;
  });
  await withDirectory(
    directory,
    async (embedded) => {
      await embedded.directory.maintain();
      for (let partition = 0; partition < partitions; partition += 1) {
        expect(
          embedded.directory.topic('webactions.events.v1').bounds(partition).startOffset,
        ).toBeGreaterThan(0n);
      }
    },
    { retention: { events: { retentionBytes: 2_500_000 } } },
  );

  const exported = await run('export', '--data-dir', directory).ended;
  expect(exported).toMatchObject({ code: 0, signal: null });
  expect(exported.stderr).toContain('offsets of events have moved');
  const before = await installation.offsets();

  // One of those who wait is given up by its deadline, as it lies in the timers topic; the others hear of the beginning.
  const [givenUp = '', ...others] = waiting;
  const due = timers.find(({ timer }) => timer.customerId === givenUp);
  const moved: Buffer[] = [];
  const decoder = createDecoder<OfferTimer>(installation.registry, { timer: (timer) => timer });
  await installation.reader.read('timers', async (records) => {
    for (const { value } of records) {
      const timer = await decoder.decode(value);
      if (!('type' in timer) && timer.customerId === givenUp && value !== null) moved.push(value);
    }
  });
  installation.startProjector();
  await installation.sink.append(moved.map((value) => ({ key: `default/${givenUp}`, value })));
  await installation.publish(offered.filter(({ customerId }) => others.includes(customerId)));
  await publishSimulated(installation, { seed: 3, events: 5_000 });
  await installation.drained();

  const later = [...(await recordsOf(installation.reader, 'events')).values()].filter(
    ({ partition, offset }) => offset >= (before[partition]?.end ?? 0n),
  );
  registered.there = installation.encoders.event.encode(eventOf('offered')).readUInt32BE(1);
  await withDirectory(directory, async (embedded) => {
    const asHere = later.map((record) => {
      const { value } = record;
      if (value !== null && moved.some((timer) => timer.equals(value)))
        return { ...record, value: due?.value ?? null };
      const isEvent = value?.[0] === 0 && value.length > 5 && value.readUInt32BE(1) === registered.there;
      return { ...record, value: isEvent ? withSchemaId(value, registered.here) : value };
    });
    const reader: TopicReader = {
      read: async (_, onRecords) => {
        await onRecords(inOrder([...all, ...asHere]));
        return { records: all.length + later.length };
      },
      close: async () => {},
    };
    const truth = await foldedAccount(reader, embedded.registry);
    const found = await foundAccount(
      installation.reader,
      installation.registry,
      installation.projection,
      truth.customers,
    );
    expect(differences(withoutOffsets(truth), withoutOffsets(found))).toEqual([]);
    expect(truth.deadLetters.some((line) => line.startsWith('EARLY_EXPIRED'))).toBe(true);
  });
}, 300_000);

/** With offsets as in a log that was never cut. */
function inOrder(records: readonly TopicRecord[]): readonly TopicRecord[] {
  const next = new Map<number, bigint>();
  return records.map((record) => {
    const offset = next.get(record.partition) ?? 0n;
    next.set(record.partition, offset + 1n);
    return { ...record, offset };
  });
}

test('a directory in use, one that is not there, and a topic with something else are refused by name', async () => {
  const directory = join(root, 'data');
  await withDirectory(
    directory,
    async () => {
      const busy = await run('export', '--data-dir', directory).ended;
      expect(busy).toMatchObject({ code: 1 });
      expect(busy.stderr).toContain(directory);
    },
    { partitions },
  );
  await installation.publish(accepted);
  const foreign = await run('export', '--data-dir', directory).ended;
  expect(foreign).toMatchObject({ code: 1 });
  expect(foreign.stderr).toMatch(/webactions\.events\.v1\/\d holds something else/);

  const absent = await run('export', '--data-dir', join(root, 'absent')).ended;
  expect(absent).toMatchObject({ code: 1 });
  expect(absent.stderr).toContain(join(root, 'absent'));
});
