import type { NewStoredRecord } from '@offerlock/data-directory';
import type { LogTransfer, TopicRecord } from '@offerlock/event-log';
import { createEncoder, registerSchemas, schemaJsonOf, subjectOf, topicName } from '@offerlock/schemas';
import { formatTable } from '../format.ts';
import type { Clock, OpenDirectory, PartitionedTopic, Systems, Terminal } from '../ports.ts';
import { allTopics, boundsOf, checkNoMembers, type TargetBounds } from './export-target.ts';
import { beginImport, countRead, endImport, recordsRead, type ImportSource } from './import-progress.ts';
import { placeholderFor } from './placeholder.ts';
import { createSchemaIds, moved, type SchemaIds } from './schema-ids.ts';
import { storedRanges, withPassage, type Passage } from './stored-ranges.ts';
import { TransferRefused, TransferStopped } from './transfer-refused.ts';

export interface ImportOptions {
  /** Path of the directory to be made. */
  readonly dataDir: string;
  readonly dryRun: boolean;
}

type Group = Awaited<ReturnType<LogTransfer['group']>>;

/** The log to be imported, as it is while nobody writes to it. */
interface Origin {
  readonly source: ImportSource;
  readonly bounds: TargetBounds;
  readonly group: Group;
  readonly partitions: number;
}

/**
 * `offerlock import`: makes a data directory of what Kafka holds, which stays as it is. Offsets stay, too: the
 * directory can leave gaps. False when it was stopped, or when the counts differ in the end. A repeat goes on where an
 * earlier run ended; until one has finished, nobody can work on the directory.
 */
export async function importDirectory(
  systems: Systems,
  terminal: Terminal,
  clock: Clock,
  options: ImportOptions,
  stop: AbortSignal,
): Promise<boolean> {
  const log = systems.openLogTransfer();
  try {
    const origin = await lookAt(log, systems);
    if (options.dryRun) {
      terminal.note('Dry run: nothing was written.');
      terminal.print(describeOrigin(origin));
      return true;
    }
    const opened = await systems.createDirectory(options.dataDir, { partitions: origin.partitions });
    try {
      await beginImport(opened, origin.source);
      await registerSchemas(opened.registry, '');
      const ids = createSchemaIds(systems.openRegistry(), opened.registry, '');
      await withPassage(terminal, stop, 'Copying', offsetsLeftIn(opened, origin.bounds), async (passing) => {
        for (const topic of allTopics) await importTopic(opened, log, ids, origin, topic, passing);
      });
      await checkStillSame(log, origin);
      return await finish(opened, origin, clock, terminal);
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!(error instanceof TransferStopped)) throw error;
    terminal.note(
      'Stopped. The same command goes on from here; until it has finished, nothing can use the directory.',
    );
    return false;
  } finally {
    await log.close();
  }
}

async function lookAt(log: LogTransfer, systems: Pick<Systems, 'topicPrefix' | 'groupId'>): Promise<Origin> {
  const source = {
    cluster: await log.identity(),
    topicPrefix: systems.topicPrefix(),
    groupId: systems.groupId(),
  };
  const { length: partitions } = await log.bounds('events');
  const bounds = await boundsOf(log, partitions, source.topicPrefix);
  const group = await log.group();
  checkNoMembers(group, source.groupId);
  return { source, bounds, group, partitions };
}

async function importTopic(
  opened: OpenDirectory,
  log: LogTransfer,
  ids: SchemaIds,
  { bounds, group }: Origin,
  topic: PartitionedTopic,
  { passed }: Passage,
): Promise<void> {
  const { directory } = opened;
  const stored = storedTopic(opened, topic);
  const next = new Map(
    bounds[topic].map(({ startOffset }, partition) => {
      const { endOffset } = stored.bounds(partition);
      return [partition, endOffset > startOffset ? endOffset : startOffset];
    }),
  );
  const committedOf = (partition: number): bigint => group.committed[partition]?.offset ?? 0n;

  await log.read(topic, new Map(next), async (records) => {
    const { partition, offset: lastOffset } = records.at(-1) as TopicRecord;
    const copies: NewStoredRecord[] = [];
    for (const record of records) {
      requirePlace(opened, topic, record, committedOf(partition));
      const schema = ids.schemaOf(record.value);
      const found = schema instanceof Promise ? await schema : schema;
      const { key, headers, timestampMs, offset } = record;
      copies.push({ key, value: moved(record.value, found), headers, timestampMs, offset });
    }
    await directory.write((transaction) => {
      transaction.append(stored, partition, copies);
      countRead(transaction, directory, { topic, partition }, copies.length);
    });
    passed(Number(lastOffset + 1n - (next.get(partition) ?? 0n)));
    next.set(partition, lastOffset + 1n);
  });
}

/**
 * The embedded log puts a customer's events where Kafka's own clients put them. Under another partitioner the offers
 * and the events that are still to come would lie apart, and positions of two partitions cannot be compared.
 */
function requirePlace(
  opened: OpenDirectory,
  topic: PartitionedTopic,
  record: TopicRecord,
  committed: bigint,
): void {
  const { key, partition, offset } = record;
  if (key === null) return;
  const matters = topic === 'offerStates' || (topic === 'events' && offset >= committed);
  if (!matters) return;
  const customer = topic === 'offerStates' ? key.subarray(0, key.lastIndexOf('/')) : key;
  const expected = opened.partitionOf(customer);
  if (expected === partition) return;
  throw new TransferRefused(
    `${topic}/${partition}: the record at offset ${offset} with key ${key.toString()} belongs to partition ${expected}: its ` +
      "producer does not spread keys as Kafka's Java client does, and the embedded log could not go on with it",
  );
}

async function checkStillSame(log: LogTransfer, { bounds, partitions, source }: Origin): Promise<void> {
  const now = await boundsOf(log, partitions, source.topicPrefix);
  for (const topic of allTopics) {
    const grown = now[topic].findIndex(({ endOffset }, at) => endOffset !== bounds[topic][at]?.endOffset);
    if (grown < 0) continue;
    throw new TransferRefused(
      `${topicName(topic, source.topicPrefix)}/${grown} has grown meanwhile: stop producers and projectors, then run the ` +
        'command again to fetch the rest',
    );
  }
}

/** Compares what the directory holds with what was read, and makes it usable if that is the same. */
async function finish(
  opened: OpenDirectory,
  { bounds, group, source }: Origin,
  clock: Clock,
  terminal: Terminal,
): Promise<boolean> {
  const { directory } = opened;
  const rows: (readonly (string | number)[])[] = [];
  let differing = 0;
  for (const topic of allTopics) {
    const read = recordsRead(directory, topic);
    const held = await heldIn(opened, topic);
    const wrong = read.flatMap((count, at) =>
      held === null || held[at] === count ? [] : [`${at}: ${held[at]} instead of ${count}`],
    );
    differing += wrong.length;
    const total = read.reduce((sum, count) => sum + count, 0);
    const result = held === null ? `newest of ${opened.states.keyCount} keys` : 'equal';
    rows.push([topicName(topic, source.topicPrefix), total, wrong.length === 0 ? result : wrong.join('\n')]);
  }
  terminal.print(formatTable(['topic', 'records read', 'compared with the directory'], rows));
  if (differing > 0) {
    terminal.note('The directory does not hold what was read. Delete it and import again.');
    return false;
  }

  const timerId = await opened.registry.register(subjectOf('timer', ''), schemaJsonOf('timer'));
  const encoder = createEncoder('timer', timerId);
  const events = opened.topic('events');
  await directory.write((transaction) => {
    for (const [partition, { endOffset }] of bounds.events.entries()) {
      // What no reader sees at the end, or what is deleted, has its offsets all the same: new events come after it.
      if (events.bounds(partition).endOffset < endOffset) {
        const placeholder = placeholderFor(partition, opened.partitionOf, encoder, clock.now());
        transaction.append(events, partition, [{ ...placeholder, offset: endOffset - 1n }]);
      }
      const place = group.committed[partition] ?? null;
      if (place !== null) opened.setCommitted(transaction, partition, place);
    }
    endImport(transaction, directory);
  });
  terminal.note(`Everything is there. ${directory.path} can be used; leave Kafka alone from now on.`);
  return true;
}

/** Records by partition; null of the changelog, which keeps the newest of each key only. */
async function heldIn(opened: OpenDirectory, topic: PartitionedTopic): Promise<readonly number[] | null> {
  if (topic === 'offerStates') return null;
  const counts: number[] = [];
  for (let partition = 0; partition < opened.directory.partitions; partition += 1) {
    let count = 0;
    for await (const { records } of storedRanges(opened.topic(topic), partition, 0n)) count += records.length;
    counts.push(count);
  }
  return counts;
}

function storedTopic(opened: OpenDirectory, topic: PartitionedTopic) {
  return topic === 'offerStates' ? opened.states : opened.topic(topic);
}

function offsetsLeftIn(opened: OpenDirectory, bounds: TargetBounds): number {
  let left = 0n;
  for (const topic of allTopics) {
    for (const [partition, { startOffset, endOffset }] of bounds[topic].entries()) {
      const held = storedTopic(opened, topic).bounds(partition).endOffset;
      const from = held > startOffset ? held : startOffset;
      if (endOffset > from) left += endOffset - from;
    }
  }
  return Number(left);
}

function describeOrigin({ source, bounds, group }: Origin): string {
  const rows = allTopics.map((topic) => [
    topicName(topic, source.topicPrefix),
    bounds[topic].reduce((sum, { startOffset, endOffset }) => sum + Number(endOffset - startOffset), 0),
  ]);
  const places = group.committed.map((place, partition) => [
    String(partition),
    place === null ? 'nothing' : String(place.offset),
    String((bounds.events[partition]?.endOffset ?? 0n) - (place?.offset ?? 0n)),
  ]);
  return [
    formatTable(['topic', 'records, at most'], rows),
    formatTable(['partition', `committed by ${source.groupId}`, 'not processed, at most'], places),
  ].join('\n\n');
}
