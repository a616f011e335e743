import { requireFinishedImport } from '@offerlock/data-directory';
import type { PartitionBounds } from '@offerlock/event-log';
import { registerSchemas, topicName } from '@offerlock/schemas';
import { formatCount, formatTable } from '../format.ts';
import type { Clock, OpenDirectory, PartitionedTopic, PlainTopic, Systems, Terminal } from '../ports.ts';
import { exportStates } from './export-states.ts';
import { allTopics, checkGroup, isSamePlace } from './export-target.ts';
import { exportTopic } from './export-topic.ts';
import { plainTopics, planExport, type ExportParts, type ExportPlan } from './export-plan.ts';
import { readOnlyRegistry } from './read-only-registry.ts';
import { withPassage, type Passage } from './stored-ranges.ts';
import { TransferStopped } from './transfer-refused.ts';

export interface ExportOptions {
  /** Path of the data directory. */
  readonly dataDir: string;
  readonly dryRun: boolean;
}

/**
 * `offerlock export`: fills Kafka, registry and Redis from a data directory, which stays as it is. False when it was
 * stopped, or when the counts differ in the end. A repeat goes on where an earlier run ended.
 */
export async function exportDirectory(
  systems: Systems,
  terminal: Terminal,
  clock: Clock,
  options: ExportOptions,
  stop: AbortSignal,
): Promise<boolean> {
  const log = systems.openLogTransfer();
  try {
    const opened = await systems.openDirectory(options.dataDir);
    try {
      requireFinishedImport(opened.directory);
      return await planAndCopy(systems, terminal, { opened, log, nowMs: clock.now() }, options, stop);
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!(error instanceof TransferStopped)) throw error;
    terminal.note('Stopped. The same command goes on from here; until it has finished, start no projector.');
    return false;
  } finally {
    await log.close();
  }
}

async function planAndCopy(
  systems: Systems,
  terminal: Terminal,
  open: Pick<ExportParts, 'opened' | 'log' | 'nowMs'>,
  { dryRun }: ExportOptions,
  stop: AbortSignal,
): Promise<boolean> {
  const registry = systems.openRegistry();
  const topicPrefix = systems.topicPrefix();
  if (!dryRun) await registerSchemas(registry, topicPrefix);
  const parts: ExportParts = {
    ...open,
    registry: dryRun ? readOnlyRegistry(registry) : registry,
    topicPrefix,
    groupId: systems.groupId(),
  };
  const plan = await withPassage(terminal, stop, 'Looking through', eventsIn(open.opened), (passing) =>
    planExport(parts, passing),
  );
  if (dryRun) {
    terminal.note('Dry run: nothing was written.');
    terminal.print(describePlan(parts, plan));
    return true;
  }
  const counts = await withPassage(terminal, stop, 'Copying', stepsIn(open.opened, plan), (passing) =>
    copy(systems, parts, plan, passing),
  );
  return check(parts, plan, counts, terminal);
}

type Counts = Readonly<Record<PartitionedTopic, readonly bigint[]>>;

async function copy(
  systems: Pick<Systems, 'openProjectionStore'>,
  { opened, log, groupId }: ExportParts,
  plan: ExportPlan,
  passing: Passage,
): Promise<Counts> {
  const counts: [PartitionedTopic, readonly bigint[]][] = [];
  const store = systems.openProjectionStore();
  try {
    await store.prepare({ partitions: opened.directory.partitions });
    // States come first: a projector that is started too early then halts, instead of folding events twice.
    counts.push(['offerStates', await exportStates(plan.source, log, store, plan.states, passing)]);
  } finally {
    await store.close();
  }
  for (const topic of plainTopics) {
    counts.push([topic, await exportTopic(plan.source, log, topic, plan.places[topic], passing)]);
  }
  const group = await log.group();
  // Somebody may have started a projector meanwhile.
  checkGroup(group, plan.committed, groupId);
  for (const [partition, place] of plan.committed.entries()) {
    if (place === null || isSamePlace(group.committed[partition] ?? null, place)) continue;
    await log.commit(partition, place);
  }
  return Object.fromEntries(counts) as Record<PartitionedTopic, readonly bigint[]>;
}

async function check(
  { log, topicPrefix, groupId }: ExportParts,
  plan: ExportPlan,
  counts: Counts,
  terminal: Terminal,
): Promise<boolean> {
  const rows: (readonly (string | number)[])[] = [];
  let differing = 0;
  for (const topic of allTopics) {
    const wrong = differencesOf(counts[topic], await log.bounds(topic));
    differing += wrong.length;
    const were = sum(copiedIn(plan, topic));
    const read = sum(counts[topic]);
    rows.push([
      topicName(topic, topicPrefix),
      read,
      were,
      read - were,
      wrong.length === 0 ? 'equal' : wrong.join('\n'),
    ]);
  }
  const { committed } = await log.group();
  const unset = plan.committed.flatMap((place, at) =>
    place === null || isSamePlace(committed[at] ?? null, place) ? [] : [at],
  );
  differing += unset.length;
  terminal.print(formatTable(['topic', 'records', 'were there', 'copied', 'compared with Kafka'], rows));
  if (!plan.offsets.every(({ isIdentity }) => isIdentity)) {
    const placeholders = plan.offsets.filter((map) => map.placeholders > 0).length;
    terminal.note(
      'The log here lacks records at its beginning or in between: offsets of events have moved, and ' +
        `${formatCount(placeholders)} of the events hold the place of what is gone.`,
    );
  }
  if (unset.length > 0)
    terminal.note(`The group ${groupId} has not committed partitions ${unset.join(', ')}.`);
  if (differing > 0) {
    terminal.note('The copy is not what was read: something else has written to it.');
    return false;
  }
  terminal.note(
    `Everything is there. Start the projectors with group ${groupId}; the data directory is the past now: leave it alone.`,
  );
  return true;
}

function differencesOf(expected: readonly bigint[], bounds: readonly PartitionBounds[]): readonly string[] {
  return bounds.flatMap(({ endOffset }, partition) =>
    endOffset === expected[partition]
      ? []
      : [`${partition}: ends at ${endOffset}, not ${expected[partition]}`],
  );
}

function describePlan({ opened, topicPrefix, groupId }: ExportParts, plan: ExportPlan): string {
  const rows = allTopics.map((topic) => {
    const were = sum(copiedIn(plan, topic));
    const left = topic === 'offerStates' ? opened.states.keyCount - were : offsetsLeftIn(opened, plan, topic);
    return [topicName(topic, topicPrefix), were, left];
  });
  const places = plan.committed.map((place, partition) => [
    String(partition),
    place === null ? 'nothing' : String(place.offset),
  ]);
  return [
    formatTable(['topic', 'are there', 'to copy, at most'], rows),
    formatTable(['partition', `to be committed for ${groupId}`], places),
  ].join('\n\n');
}

/** Records that the topic holds already, by partition. */
function copiedIn(plan: ExportPlan, topic: PartitionedTopic): readonly bigint[] {
  return topic === 'offerStates' ? plan.states : plan.places[topic].map(({ index }) => index);
}

function eventsIn({ directory, topic }: OpenDirectory): number {
  return sum(
    Array.from({ length: directory.partitions }, (_, partition) => {
      const { startOffset, endOffset } = topic('events').bounds(partition);
      return endOffset - startOffset;
    }),
  );
}

/** Offsets still to be looked at; gaps count, too. */
function offsetsLeftIn({ topic: stored }: OpenDirectory, plan: ExportPlan, topic: PlainTopic): number {
  return sum(
    plan.places[topic].map(({ fromOffset }, partition) => {
      const { endOffset } = stored(topic).bounds(partition);
      return endOffset > fromOffset ? endOffset - fromOffset : 0n;
    }),
  );
}

function stepsIn(opened: OpenDirectory, plan: ExportPlan): number {
  const records = plainTopics.map((topic) => offsetsLeftIn(opened, plan, topic));
  return records.reduce((total, count) => total + count, opened.states.keyCount);
}

function sum(counts: readonly bigint[]): number {
  return Number(counts.reduce((total, count) => total + count, 0n));
}
