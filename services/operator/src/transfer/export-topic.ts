import type { LogTransfer, TransferRecord } from '@offerlock/event-log';
import type { PartitionedTopic, PlainTopic } from '../ports.ts';
import type { CopyPlace, ExportSource } from './export-source.ts';
import type { Passage } from './stored-ranges.ts';
import { TransferRefused } from './transfer-refused.ts';

/**
 * Appends what is missing of a topic, all partitions at the same time. Returns the records of each partition, those of
 * earlier runs included. After the first failure every partition ends at its next piece.
 */
export async function exportTopic(
  source: ExportSource,
  log: LogTransfer,
  topic: PlainTopic,
  places: readonly CopyPlace[],
  { passed }: Passage,
): Promise<readonly bigint[]> {
  const counts = places.map(({ index }) => index);
  const failures: unknown[] = [];
  const copy = async (partition: number, place: CopyPlace): Promise<void> => {
    for await (const { index, records, offsets } of source.records(topic, partition, place)) {
      if (failures.length > 0) return;
      if (records.length > 0) await appendAt(log, topic, partition, index, records);
      counts[partition] = index + BigInt(records.length);
      passed(offsets);
    }
  };
  await Promise.all(
    places.map((place, partition) =>
      copy(partition, place).catch((error: unknown) => {
        failures.push(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return counts;
}

/** Error: `TransferRefused` when the records did not get the offsets from `index` on: somebody else writes there. */
export async function appendAt(
  log: LogTransfer,
  topic: PartitionedTopic,
  partition: number,
  index: bigint,
  records: readonly TransferRecord[],
): Promise<void> {
  const offset = await log.append(topic, partition, records);
  if (offset === index) return;
  throw new TransferRefused(
    `${topic}/${partition}: records that belong at offset ${index} got ${offset}, so somebody else writes there: a ` +
      'projector or a producer, or a request of an interrupted export that came late. Stop it, delete the topics and ' +
      'make them anew, and export again',
  );
}
