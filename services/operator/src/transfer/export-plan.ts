import type { CommittedOffset, LogTransfer } from '@offerlock/event-log';
import { createEncoder, schemaJsonOf, subjectOf, type SchemaRegistry } from '@offerlock/schemas';
import type { OpenDirectory, PlainTopic } from '../ports.ts';
import { createExportSource, type CopyPlace, type ExportSource } from './export-source.ts';
import {
  allTopics,
  boundsOf,
  checkGroup,
  holdsSomethingElse,
  isSameRecord,
  lastRecords,
  type TargetBounds,
} from './export-target.ts';
import { mapOffsets, type OffsetMap } from './offset-map.ts';
import { placeholderFor } from './placeholder.ts';
import { createSchemaIds } from './schema-ids.ts';
import type { Passage } from './stored-ranges.ts';
import { TransferRefused } from './transfer-refused.ts';
import { createTranslator } from './translator.ts';

/** The order of copying: events come last, so that a projector that is started too early finds nothing to fold. */
export const plainTopics: readonly PlainTopic[] = [
  'metrics',
  'deadLetters',
  'blockedOffers',
  'timers',
  'events',
];

/** An export that may begin, or go on. */
export interface ExportPlan {
  readonly source: ExportSource;
  /** Of the events topic, by partition. */
  readonly offsets: readonly OffsetMap[];
  /** Where each partition of each topic goes on. */
  readonly places: Readonly<Record<PlainTopic, readonly CopyPlace[]>>;
  /** Changelog records that are there, by partition. */
  readonly states: readonly bigint[];
  /** What the group shall have committed, by partition; null where nothing was committed here. */
  readonly committed: readonly (CommittedOffset | null)[];
}

export interface ExportParts {
  readonly opened: OpenDirectory;
  readonly log: LogTransfer;
  readonly registry: SchemaRegistry;
  readonly topicPrefix: string;
  readonly groupId: string;
  readonly nowMs: number;
}

/**
 * Looks at both sides and finds out where to go on; writes nothing but schemas. Errors: `TransferRefused` where the
 * target holds something else, and those of the parts.
 */
export async function planExport(parts: ExportParts, passage: Passage): Promise<ExportPlan> {
  const { opened, log, registry, topicPrefix: prefix, groupId } = parts;
  const { partitions } = opened.directory;
  const bounds = await boundsOf(log, partitions, prefix);
  const group = await log.group();

  const offsets: OffsetMap[] = [];
  const committed: (CommittedOffset | null)[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const map = await mapOffsets(opened.topic('events'), partition, passage);
    offsets.push(map);
    const place = opened.committed(partition);
    committed.push(place === null ? null : { ...place, offset: map.committedOffsetOf(place.offset) });
  }
  checkGroup(group, committed, groupId);

  const encoderOf = async <Kind extends 'timer' | 'offerState'>(kind: Kind) =>
    createEncoder(kind, await registry.register(subjectOf(kind, prefix), schemaJsonOf(kind)));
  const encoders = { timer: await encoderOf('timer'), offerState: await encoderOf('offerState') };
  const source = createExportSource({
    opened,
    offsets,
    translator: createTranslator({
      source: opened.registry,
      ids: createSchemaIds(opened.registry, registry, prefix),
      encoders,
      offsets,
    }),
    placeholder: (partition) => placeholderFor(partition, opened.partitionOf, encoders.timer, parts.nowMs),
  });

  const places: [PlainTopic, readonly CopyPlace[]][] = [];
  for (const topic of plainTopics)
    places.push([topic, await placesIn(parts, source, topic, bounds, passage)]);
  const states = await checkStates(parts, source, bounds);
  await checkStillSame(parts, bounds);
  return {
    source,
    offsets,
    places: Object.fromEntries(places) as ExportPlan['places'],
    states,
    committed,
  };
}

async function placesIn(
  { log, topicPrefix }: ExportParts,
  source: ExportSource,
  topic: PlainTopic,
  bounds: TargetBounds,
  passage: Passage,
): Promise<readonly CopyPlace[]> {
  const last = await lastRecords(log, topic, bounds[topic]);
  const places: CopyPlace[] = [];
  for (const [partition, { endOffset }] of bounds[topic].entries()) {
    const refused = (what: string) => holdsSomethingElse(topic, partition, topicPrefix, what);
    const located = await source.locate(topic, partition, endOffset, passage);
    if (located === null) throw refused(`it ends at offset ${endOffset}, after more records than there are`);
    const found = last.get(partition) ?? null;
    if (located.last !== null) {
      const { record, isPlaceholder } = located.last;
      if (found === null || !isSameRecord(record, found, !isPlaceholder)) {
        throw refused(`its record at offset ${endOffset - 1n} is another one`);
      }
    }
    places.push(located.place);
  }
  return places;
}

/** Records of the changelog that are there, by partition. */
async function checkStates(
  { log, topicPrefix }: ExportParts,
  source: ExportSource,
  { offerStates: bounds }: TargetBounds,
): Promise<readonly bigint[]> {
  const last = await lastRecords(log, 'offerStates', bounds);
  const unchecked = new Set(
    bounds.flatMap(({ endOffset }, partition) => (endOffset > 0n ? [partition] : [])),
  );
  const refused = (partition: number, what: string) =>
    holdsSomethingElse('offerStates', partition, topicPrefix, what);
  if (unchecked.size > 0) {
    for await (const { partition, index, key, value } of source.states()) {
      const endOffset = bounds[partition]?.endOffset ?? 0n;
      if (index + 1n !== endOffset) continue;
      const found = last.get(partition) ?? null;
      const name = `${key.customer}/${key.actionMapId}`;
      if (found?.value?.equals(value) !== true || String(found.key) !== name) {
        throw refused(partition, `its record at offset ${index} is another one`);
      }
      unchecked.delete(partition);
      if (unchecked.size === 0) break;
    }
  }
  for (const partition of unchecked) throw refused(partition, 'it has more records than there are states');
  return bounds.map(({ endOffset }) => endOffset);
}

/** A request of an export that was killed may arrive late, and a producer may be running. */
async function checkStillSame(
  { opened, log, topicPrefix }: ExportParts,
  before: TargetBounds,
): Promise<void> {
  const now = await boundsOf(log, opened.directory.partitions, topicPrefix);
  for (const topic of allTopics) {
    const moved = now[topic].findIndex(({ endOffset }, at) => endOffset !== before[topic][at]?.endOffset);
    if (moved < 0) continue;
    throw new TransferRefused(
      `somebody writes to ${topic}/${moved} at the moment: stop whoever it is, then run the command again`,
    );
  }
}
