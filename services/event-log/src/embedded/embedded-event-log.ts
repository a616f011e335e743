import type { DataDirectory } from '@offerlock/data-directory';
import { createLocalEventLog } from '../local/local-event-log.ts';
import { LocalGroup } from '../local/local-group.ts';
import { systemScheduler, type LocalScheduler } from '../local/scheduler.ts';
import type { BackoffOptions } from '../owner/backoff.ts';
import type { EventLog } from '../ports.ts';
import { committedOffsets, projectorGroup } from './committed-offsets.ts';
import { takeEmbeddedClaim, type Alongside } from './embedded-claim.ts';
import { embeddedTopics } from './topics.ts';

export interface EmbeddedEventLogOptions {
  /** Default 1,000: what keeps the process from its other work is one batch. */
  readonly batchRecordsMax?: number;
  /** How many records one fetch brings; it may hold several batches. Default 4,000. */
  readonly fetchRecordsMax?: number;
  /** About how many bytes one fetch brings. Default 4 MiB. */
  readonly fetchBytesMax?: number;
  /** The wait after a failure. Default: from 200 ms up to 5 s. */
  readonly backoff?: BackoffOptions;
  /** How long a stop waits for the batches in hand. Default 8 s. */
  readonly stopTimeoutMs?: number;
  /** Name of the consumer group. Default `projector`. */
  readonly groupId?: string;
  /** Event logs that are given the same group share its partitions. Default: the log is the only member. */
  readonly group?: LocalGroup;
  /** Called in the transaction of every batch's commit, not of claims. */
  readonly alongside?: Alongside;
  /** Time and order of the steps. Default: the machine's clock, and at once. */
  readonly scheduler?: LocalScheduler;
}

/**
 * The events of a data directory. Records wait for no poll: a transaction that appended wakes the consumption. Outputs,
 * offset and mark of a batch are one job of the directory, hence durable together or not at all.
 */
export function createEmbeddedEventLog(
  directory: DataDirectory,
  options: EmbeddedEventLogOptions = {},
): EventLog {
  const { partitions } = directory;
  const {
    batchRecordsMax = 1_000,
    fetchRecordsMax = 4_000,
    fetchBytesMax = 4 * 1_024 * 1_024,
    backoff = { minMs: 200, maxMs: 5_000 },
    stopTimeoutMs = 8_000,
    groupId = projectorGroup,
    group = new LocalGroup(partitions),
    alongside = null,
    scheduler = systemScheduler,
  } = options;
  const topics = embeddedTopics(directory);
  const offsets = committedOffsets(directory, groupId);
  const { events } = topics;
  const limits = { recordsMax: fetchRecordsMax, bytesMax: fetchBytesMax };
  return createLocalEventLog(
    {
      group,
      scheduler,
      takeClaim: (owner) => takeEmbeddedClaim({ directory, topics, offsets, scheduler, alongside }, owner),
      hasMore: (partition, from) => from < events.bounds(partition).endOffset,
      fetch: (partition, from) => ({ fromOffset: from, ...events.read(partition, from, limits) }),
      onChange: (listener) => events.onAppend(listener),
    },
    { member: groupId, batchRecordsMax, backoff, stopTimeoutMs, random: Math.random },
    {
      checkTopics: async () => ({ partitions }),
      endOffsets: async () =>
        new Map(
          Array.from({ length: partitions }, (_, partition) => [
            partition,
            events.bounds(partition).endOffset,
          ]),
        ),
    },
  );
}
