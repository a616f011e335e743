import type { BatchHandler, Consumption, ConsumptionObserver, EventLog } from '../ports.ts';
import type { BackoffOptions } from '../owner/backoff.ts';
import { Owners } from '../owner/owners.ts';
import { PartitionOwner } from '../owner/partition-owner.ts';
import { FetchLoop } from './fetch-loop.ts';
import type { LocalLog } from './local-log.ts';

export interface LocalMemberOptions {
  /** Name of the member in the scheduler's steps. */
  readonly member: string;
  readonly batchRecordsMax: number;
  readonly backoff: BackoffOptions;
  readonly stopTimeoutMs: number;
  /** Between 0 and 1, for the pauses after failures. */
  readonly random: () => number;
}

/** A member of the group of a log in this process. It may consume more than once, each time as a member of its own. */
export function createLocalEventLog(
  log: LocalLog,
  options: LocalMemberOptions,
  outside: Pick<EventLog, 'checkTopics' | 'endOffsets'>,
): EventLog {
  const consumptions: Consumption[] = [];
  return {
    consume: async (handler, observer) => {
      const consumption = consumeLocal(log, options, handler, observer);
      consumptions.push(consumption);
      return consumption;
    },
    ...outside,
    close: async () => {
      await Promise.all(consumptions.map((consumption) => consumption.stop()));
    },
  };
}

/** Joins the group at once and processes until it is stopped. */
function consumeLocal(
  log: LocalLog,
  options: LocalMemberOptions,
  handler: BatchHandler,
  observer: ConsumptionObserver,
): Consumption {
  const { group, scheduler } = log;
  const { member } = options;
  let stopping: Promise<void> | undefined;
  let settleDone: { resolve: () => void; reject: (error: unknown) => void };
  const done = new Promise<void>((resolve, reject) => {
    settleDone = { resolve, reject };
  });

  const owners = new Owners((partition) => {
    const fetchLoop = new FetchLoop(log, member);
    const owner = new PartitionOwner({
      ...options,
      partition,
      clock: scheduler,
      handler,
      observer,
      takeClaim: () => log.takeClaim({ member, partition }),
      fetchFrom: (offset) => fetchLoop.moveTo(offset),
      holdFetch: () => fetchLoop.moveTo(null),
      onBroken: (error) => {
        settleDone.reject(error);
        void stop();
      },
    });
    void fetchLoop.run(owner);
    return owner;
  });

  const groupMember = {
    assign: (partitions: readonly number[]) => {
      if (stopping === undefined) owners.assign(partitions);
    },
  };
  group.join(groupMember);

  async function stopOnce(): Promise<void> {
    const stopped = new AbortController();
    await Promise.race([owners.retire(), scheduler.sleep(options.stopTimeoutMs, stopped.signal)]);
    stopped.abort();
    owners.abandon();
    group.leave(groupMember);
    settleDone.resolve();
  }
  function stop(): Promise<void> {
    stopping ??= stopOnce();
    return stopping;
  }

  return { partitions: () => owners.statuses(), stop, done };
}
