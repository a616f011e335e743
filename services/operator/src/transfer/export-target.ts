import type { CommittedOffset, LogTransfer, PartitionBounds, TransferRecord } from '@offerlock/event-log';
import { OfferlockError } from '@offerlock/lifecycle';
import { topicName } from '@offerlock/schemas';
import type { PartitionedTopic } from '../ports.ts';
import { TransferRefused } from './transfer-refused.ts';

/** What the log holds before an export, by topic and partition. */
export type TargetBounds = Readonly<Record<PartitionedTopic, readonly PartitionBounds[]>>;

export const allTopics: readonly PartitionedTopic[] = [
  'events',
  'metrics',
  'deadLetters',
  'offerStates',
  'blockedOffers',
  'timers',
];

/** Errors: `TOPIC_MISSING`, `PARTITION_COUNT_CHANGED`, `LOG_UNAVAILABLE`. */
export async function boundsOf(log: LogTransfer, partitions: number, prefix: string): Promise<TargetBounds> {
  const bounds: [PartitionedTopic, readonly PartitionBounds[]][] = [];
  for (const topic of allTopics) {
    const found = await log.bounds(topic);
    if (found.length !== partitions) {
      throw new OfferlockError(
        'PARTITION_COUNT_CHANGED',
        `${topicName(topic, prefix)} has ${found.length} partitions, and the data directory has ${partitions}: ` +
          `every record keeps its partition. Make new topics with \`offerlock topics apply --partitions ${partitions}\``,
        { details: { topic, found: found.length, partitions } },
      );
    }
    bounds.push([topic, found]);
  }
  return Object.fromEntries(bounds) as Record<PartitionedTopic, readonly PartitionBounds[]>;
}

/** The last record of each partition that is not empty. Null where there is none that anybody can see. */
export async function lastRecords(
  log: LogTransfer,
  topic: PartitionedTopic,
  bounds: readonly PartitionBounds[],
): Promise<ReadonlyMap<number, TransferRecord | null>> {
  const from = new Map<number, bigint>();
  for (const [partition, { startOffset, endOffset }] of bounds.entries()) {
    if (endOffset > startOffset) from.set(partition, endOffset - 1n);
  }
  const found = new Map<number, TransferRecord | null>(
    [...from.keys()].map((partition) => [partition, null]),
  );
  if (from.size === 0) return found;
  await log.read(topic, from, (records) => {
    for (const record of records) found.set(record.partition, record);
  });
  return found;
}

/** Compared as bytes; a placeholder's time is that of its copy. */
export function isSameRecord(one: TransferRecord, other: TransferRecord, sameTime: boolean): boolean {
  const names = Object.keys(one.headers);
  return (
    isSame(one.key, other.key) &&
    isSame(one.value, other.value) &&
    (!sameTime || one.timestampMs === other.timestampMs) &&
    names.length === Object.keys(other.headers).length &&
    names.every((name) => isSame(one.headers[name] ?? null, other.headers[name] ?? null))
  );
}

function isSame(one: Buffer | string | null, other: Buffer | string | null): boolean {
  if (one === null || other === null) return one === other;
  return Buffer.from(one).equals(Buffer.from(other));
}

export function holdsSomethingElse(
  topic: PartitionedTopic,
  partition: number,
  prefix: string,
  what: string,
): TransferRefused {
  const name = topicName(topic, prefix);
  return new TransferRefused(
    `${name}/${partition} holds something else than this data directory: ${what}. An export fills empty topics, or goes ` +
      'on where an earlier export of the same directory ended. Give another OFFERLOCK_TOPIC_PREFIX, or delete the ' +
      'topics and make them anew',
  );
}

/**
 * Nobody may be processing yet: projectors would begin before everything is there. Errors: `TransferRefused`.
 *
 * @param wanted What shall be committed in the end, by partition; null where nothing was committed here.
 */
export function checkGroup(
  group: Awaited<ReturnType<LogTransfer['group']>>,
  wanted: readonly (CommittedOffset | null)[],
  groupId: string,
): void {
  checkNoMembers(group, groupId);
  for (const [partition, found] of group.committed.entries()) {
    const place = wanted[partition] ?? null;
    if (found === null || isSamePlace(found, place)) continue;
    throw new TransferRefused(
      `the group ${groupId} has committed offset ${found.offset} of partition ${partition}, and the data directory ` +
        `${place === null ? 'nothing' : `offset ${place.offset}`}: give another OFFERLOCK_GROUP_ID, or delete the group`,
    );
  }
}

/** Error: `TransferRefused` while projectors are running. */
export function checkNoMembers({ members }: { readonly members: number }, groupId: string): void {
  if (members === 0) return;
  throw new TransferRefused(
    `${members} projectors are running in the group ${groupId}: stop them first. One that was killed counts until its ` +
      'session times out',
  );
}

export function isSamePlace(one: CommittedOffset | null, other: CommittedOffset | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.offset === other.offset &&
    one.mark?.epoch === other.mark?.epoch &&
    one.mark?.trustedEpoch === other.mark?.trustedEpoch
  );
}
