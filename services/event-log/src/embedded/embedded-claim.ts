import type { DataDirectory, StoredTopic, WriteTransaction } from '@offerlock/data-directory';
import { OfferlockError } from '@offerlock/lifecycle';
import type { LocalScheduler } from '../local/scheduler.ts';
import type { Claim } from '../owner/claim.ts';
import { nextMark } from '../owner/mark.ts';
import { offsetOutsideLog } from '../owner/offset-outside-log.ts';
import type { OutputRecord, OutputTopic } from '../ports.ts';
import type { CommittedOffsets } from './committed-offsets.ts';
import type { EmbeddedTopics } from './topics.ts';

/** A batch that is being committed. */
export interface BatchCommit {
  readonly partition: number;
  /** Of the claim that it was processed under. */
  readonly epoch: number;
  readonly nextOffset: bigint;
  /** How many records the batch had. */
  readonly records: number;
}

/** Writes something of the caller's in the transaction that commits a batch. If it throws, the commit fails. */
export type Alongside = (transaction: WriteTransaction, commit: BatchCommit) => void;

export interface EmbeddedClaims {
  readonly directory: DataDirectory;
  readonly topics: EmbeddedTopics;
  readonly offsets: CommittedOffsets;
  readonly scheduler: LocalScheduler;
  readonly alongside: Alongside | null;
}

/**
 * Takes the claim in one step where Kafka needs three: a write transaction reads the committed offset and leaves the
 * next mark there, and no other comes in between. The mark in the table is what fences: a commit first looks
 * whether it is still its own. Transactions run one after the other, so epochs are in the order of the owners.
 */
export async function takeEmbeddedClaim(
  { directory, topics, offsets, scheduler, alongside }: EmbeddedClaims,
  owner: { readonly member: string; readonly partition: number },
): Promise<Claim> {
  const { partition } = owner;
  await scheduler.before({ ...owner, step: 'mark' });
  const { mark, startOffset, endOffset } = await directory.write((transaction) => {
    const bounds = topics.events.bounds(partition);
    const committed = offsets.get(partition, transaction);
    const offset = committed?.offset ?? bounds.startOffset;
    if (offset < bounds.startOffset || offset > bounds.endOffset)
      throw outside(topics.events, partition, offset);
    const next = nextMark(committed?.mark ?? null, scheduler.now());
    offsets.put(transaction, partition, { offset, mark: next });
    return { mark: next, startOffset: offset, endOffset: bounds.endOffset };
  });

  return {
    ...mark,
    startOffset,
    endOffset,
    commit: async ({ nextOffset, records, outputs }) => {
      await scheduler.before({ ...owner, step: 'commit' });
      await directory.write((transaction) => {
        if (offsets.get(partition, transaction)?.mark?.epoch !== mark.epoch) throw claimLost(partition);
        alongside?.(transaction, { partition, epoch: mark.epoch, nextOffset, records });
        for (const [topic, written] of byTopic(outputs))
          transaction.append(topics[topic], partition, written);
        offsets.put(transaction, partition, { offset: nextOffset, mark });
      });
    },
    // The mark stays: whoever comes next leaves a greater one.
    release: () => {},
  };
}

function byTopic(outputs: readonly OutputRecord[]): ReadonlyMap<OutputTopic, readonly OutputRecord[]> {
  const topics = new Map<OutputTopic, OutputRecord[]>();
  for (const output of outputs) {
    const some = topics.get(output.topic);
    if (some === undefined) topics.set(output.topic, [output]);
    else some.push(output);
  }
  return topics;
}

function outside(events: StoredTopic, partition: number, offset: bigint): OfferlockError {
  const { startOffset: logStart, endOffset } = events.bounds(partition);
  return offsetOutsideLog({ topic: events.name, partition, offset, logStart, endOffset });
}

function claimLost(partition: number): OfferlockError {
  return new OfferlockError('CLAIM_LOST', 'another owner has claimed the partition', {
    details: { partition },
  });
}
