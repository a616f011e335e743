import type { BatchHandler, Consumption, ConsumptionObserver } from '../ports.ts';
import type { BackoffOptions } from '../owner/backoff.ts';
import { Owners } from '../owner/owners.ts';
import { PartitionOwner } from '../owner/partition-owner.ts';
import type { MemoryBroker } from './memory-broker.ts';
import { takeMemoryClaim } from './memory-claim.ts';
import type { MemoryScheduler } from './scheduler.ts';

export interface MemoryMemberOptions {
  /** Name of the member in the scheduler's steps. */
  readonly member: string;
  readonly batchRecordsMax: number;
  /** How many records one fetch brings; it may hold several batches. */
  readonly fetchRecordsMax: number;
  readonly backoff: BackoffOptions;
  readonly stopTimeoutMs: number;
}

/** Joins the group at once and processes until it is stopped. */
export function consumeMemory(
  broker: MemoryBroker,
  scheduler: MemoryScheduler,
  options: MemoryMemberOptions,
  handler: BatchHandler,
  observer: ConsumptionObserver,
): Consumption {
  const { member } = options;
  let stopping: Promise<void> | undefined;
  let settleDone: { resolve: () => void; reject: (error: unknown) => void };
  const done = new Promise<void>((resolve, reject) => {
    settleDone = { resolve, reject };
  });

  const owners = new Owners((partition) => {
    const fetch = createFetch(broker);
    const owner = new PartitionOwner({
      ...options,
      partition,
      clock: scheduler,
      random: () => 1,
      handler,
      observer,
      takeClaim: () => takeMemoryClaim(broker, scheduler, { member, partition }),
      fetchFrom: (offset) => fetch.moveTo(offset),
      holdFetch: () => fetch.moveTo(null),
      onBroken: (error) => {
        settleDone.reject(error);
        void stop();
      },
    });
    void fetch.run(owner, options.fetchRecordsMax, () =>
      scheduler.before({ step: 'fetch', member, partition }),
    );
    return owner;
  });

  const groupMember = {
    assign: (partitions: readonly number[]) => {
      if (stopping === undefined) owners.assign(partitions);
    },
  };
  broker.join(groupMember);

  async function stopOnce(): Promise<void> {
    const stopped = new AbortController();
    await Promise.race([owners.retire(), scheduler.sleep(options.stopTimeoutMs, stopped.signal)]);
    stopped.abort();
    owners.abandon();
    broker.leave(groupMember);
    settleDone.resolve();
  }
  function stop(): Promise<void> {
    stopping ??= stopOnce();
    return stopping;
  }

  return { partitions: () => owners.statuses(), stop, done };
}

/** Brings the records of one partition to its owner, one fetch after the other. */
function createFetch(broker: MemoryBroker) {
  let position: bigint | null = null;
  let wake: (() => void) | undefined;
  const changed = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  return {
    /** null: do not fetch. */
    moveTo: (offset: bigint | null) => {
      position = offset;
      wake?.();
    },
    run: async (owner: PartitionOwner, recordsMax: number, beforeFetch: () => Promise<void>) => {
      const log = broker.partition('events', owner.partition);
      const unsubscribe = broker.onChange(() => wake?.());
      owner.retirement.addEventListener('abort', () => wake?.());
      while (!owner.retirement.aborted) {
        const from = position;
        if (from === null || from >= log.endOffset || !broker.available) {
          await changed();
          continue;
        }
        await beforeFetch();
        if (position !== from) continue;
        const { records, nextOffset } = log.read(from, recordsMax);
        const { endOffset } = log;
        if (records.length > 0) {
          await owner.process({ fromOffset: from, records, nextOffset, endOffset }, () => Promise.resolve());
        } else {
          owner.skip(from, nextOffset, endOffset);
          position = nextOffset;
        }
      }
      unsubscribe();
    },
  };
}
