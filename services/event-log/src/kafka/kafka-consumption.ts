import { topicName } from '@offerlock/schemas';
import type { BatchHandler, Consumption, ConsumptionObserver } from '../ports.ts';
import { backoffMs, type BackoffOptions } from '../owner/backoff.ts';
import type { Clock } from '../owner/clock.ts';
import { Owners } from '../owner/owners.ts';
import { PartitionOwner } from '../owner/partition-owner.ts';
import type { KafkaLogger } from './client.ts';
import { GroupMember, type GroupMemberEvents, type GroupMemberOptions } from './group-member.ts';
import { takeKafkaClaim, type KafkaClaimOptions } from './kafka-claim.ts';
import { logError } from './log-error.ts';

export interface KafkaConsumptionOptions {
  readonly claims: KafkaClaimOptions;
  readonly member: Omit<GroupMemberOptions, 'topic'>;
  readonly clock: Clock;
  readonly logger: KafkaLogger | undefined;
  readonly batchRecordsMax: number;
  readonly backoff: BackoffOptions;
  readonly stopTimeoutMs: number;
}

/** Joins the group in the background, joins again after every crash, and processes until it is stopped. */
export function consumeKafka(
  options: KafkaConsumptionOptions,
  handler: BatchHandler,
  observer: ConsumptionObserver,
): Consumption {
  const { clock, backoff, logger } = options;
  const topic = topicName('events', options.claims.topicPrefix);
  const ending = new AbortController();
  let member: GroupMember | null = null;
  let stopping: Promise<void> | undefined;
  let settleDone: { resolve: () => void; reject: (error: unknown) => void };
  const done = new Promise<void>((resolve, reject) => {
    settleDone = { resolve, reject };
  });

  const fail = (error: unknown): void => {
    settleDone.reject(error);
    void stop();
  };

  const owners = new Owners(
    (partition) =>
      new PartitionOwner({
        partition,
        batchRecordsMax: options.batchRecordsMax,
        backoff,
        clock,
        random: Math.random,
        handler,
        observer,
        takeClaim: () => takeKafkaClaim(options.claims, partition),
        fetchFrom: (offset) => member?.fetchFrom(partition, offset),
        holdFetch: () => member?.holdFetch(partition),
        onBroken: fail,
      }),
  );

  const events: GroupMemberEvents = {
    assigned: (partitions) => {
      if (stopping === undefined) owners.assign(partitions);
    },
    fetched: async (partition, fetched, heartbeat) => {
      await owners.of(partition)?.process(fetched, heartbeat);
    },
    skipped: (partition, fromOffset, nextOffset, endOffset) => {
      owners.of(partition)?.skip(fromOffset, nextOffset, endOffset);
    },
  };

  async function stayMember(): Promise<void> {
    for (let failures = 1; !ending.signal.aborted; failures += 1) {
      const startedMs = clock.now();
      member = new GroupMember({ ...options.member, topic }, events);
      const error = logError(await member.crashed, `consume ${topic}`, { topic });
      if (ending.signal.aborted) return;
      if (error.handling === 'halt') {
        fail(error);
        return;
      }
      if (clock.now() - startedMs > options.member.sessionTimeoutMs) failures = 1;
      const pauseMs = backoffMs(failures, backoff, Math.random);
      logger?.warn({ err: error, topic, pauseMs }, 'the consumer crashed and will join the group again');
      await clock.sleep(pauseMs, ending.signal);
    }
  }

  async function stopOnce(): Promise<void> {
    ending.abort();
    // The owners first: they take no further batch, and the member waits for those in hand before it leaves.
    const left = Promise.allSettled([owners.retire(), member?.stop()]);
    const timeout = new AbortController();
    await Promise.race([left, clock.sleep(options.stopTimeoutMs, timeout.signal)]);
    timeout.abort();
    owners.abandon();
    settleDone.resolve();
  }
  function stop(): Promise<void> {
    stopping ??= stopOnce();
    return stopping;
  }

  void stayMember();
  return { partitions: () => owners.statuses(), stop, done };
}
