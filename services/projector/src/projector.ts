import type {
  Consumption,
  ConsumptionObserver,
  EventLog,
  LogBatch,
  PartitionStatus,
} from '@offerlock/event-log';
import { OfferlockError } from '@offerlock/lifecycle';
import type { Health } from '@offerlock/server';
import type { Logger } from 'pino';
import { createBatchProcessor, type BatchProcessorParts } from './process-batch.ts';
import { createProcessMetrics, type ProcessMetrics } from './process-metrics.ts';
import type { Tallies } from './tally.ts';

export interface ProjectorParts extends BatchProcessorParts {
  readonly eventLog: EventLog;
  readonly logger: Logger;
  /** A partition with records waiting and no progress for so long, and no error to explain it, is stuck. */
  readonly stallTimeoutMs: number;
  /**
   * Told what became of a batch before its outputs are committed, so that whoever commits can write it down in the same
   * transaction. A batch whose commit fails is told again when it is folded again; only the last telling counts.
   */
  readonly onProcessed?: (batch: { readonly partition: number; readonly tallies: Tallies }) => void;
}

/** Events in, projection and metrics out, for the partitions that the group gives this instance. */
export interface Projector {
  /**
   * Joins the group and works until `stop`, then resolves. Rejects when it cannot go on and the process should end.
   * Calling it twice is a programmer's mistake and throws.
   */
  run(): Promise<void>;
  /** Finishes the batches in hand and leaves the group. Nothing is left half done. May be repeated. */
  stop(): Promise<void>;
  /** False only when a restart could help: a partition is stuck without a known cause. */
  live(): Health;
  /** Whether every assigned partition is being processed. */
  ready(): Health;
  partitions(): readonly PartitionStatus[];
  readonly metrics: ProcessMetrics;
}

interface Progress {
  /** Of the last record committed under this claim, or of the first one that is to be; null while there is none. */
  timestampMs: number | null;
  /** When something was last committed or claimed. */
  movedAtMs: number;
}

export function createProjector(parts: ProjectorParts): Projector {
  const { logger, now } = parts;
  const process = createBatchProcessor(parts);
  const progress = new Map<number, Progress>();
  const inHand = new Map<number, { tallies: Tallies; timestampMs: number }>();
  let consumption: Consumption | null = null;
  let started = false;
  let stopping = false;

  const partitions = () => consumption?.partitions() ?? [];
  const lagMs = (partition: number) => {
    const status = partitions().find((one) => one.partition === partition);
    const timestampMs = progress.get(partition)?.timestampMs ?? null;
    if (status === undefined || timestampMs === null || !isBehind(status)) return 0;
    return Math.max(0, now() - timestampMs);
  };
  const metrics = createProcessMetrics({ partitions, lagMs });

  const handle = async (batch: LogBatch) => {
    const known = progress.get(batch.partition);
    if (known !== undefined) known.timestampMs ??= batch.records[0]?.timestampMs ?? null;
    const { outputs, tallies, stageMs } = await process(batch);
    metrics.batchProcessed(batch.records.length, stageMs);
    inHand.set(batch.partition, { tallies, timestampMs: batch.records.at(-1)?.timestampMs ?? 0 });
    parts.onProcessed?.({ partition: batch.partition, tallies });
    return outputs;
  };

  const observer: ConsumptionObserver = {
    claimed({ partition, epoch, startOffset, durationMs }) {
      metrics.claimed();
      progress.set(partition, { timestampMs: null, movedAtMs: now() });
      logger.info({ partition, epoch, offset: startOffset.toString(), durationMs }, 'claimed the partition');
    },
    claimEnded({ partition, epoch, cause, error }) {
      inHand.delete(partition);
      metrics.claimEnded(cause);
      const place = { topic: parts.eventsTopic, partition, epoch, cause };
      if (cause === 'failed')
        logger.warn({ ...place, err: error }, 'gave the claim up after an error, will claim again');
      else logger.info(place, 'the claim has ended');
    },
    committed({ partition, nextOffset, records, transactionMs }) {
      const batch = inHand.get(partition);
      inHand.delete(partition);
      if (batch === undefined) return;
      progress.set(partition, { timestampMs: batch.timestampMs, movedAtMs: now() });
      metrics.batchCommitted(batch.tallies, transactionMs);
      logDeadLetters(partition, batch.tallies);
      logger.debug({ partition, nextOffset: nextOffset.toString(), records, transactionMs }, 'committed');
    },
    halted({ partition, error }) {
      logger.error(
        { topic: parts.eventsTopic, partition, err: error },
        'the partition is halted until an operator acts',
      );
    },
  };

  function logDeadLetters(partition: number, tallies: Tallies): void {
    for (const [tenantId, { deadLetters }] of tallies) {
      for (const [reason, { count, first }] of deadLetters) {
        const { key, detail } = first;
        const place = { topic: parts.eventsTopic, partition, offset: first.offset.toString(), key };
        logger.warn(
          { reason, count, tenantId, ...place, detail },
          'dead letters; the first of them is named here',
        );
      }
    }
  }

  return {
    metrics,
    partitions,
    async run() {
      if (started) throw new Error('the projector was started before');
      started = true;
      consumption = await parts.eventLog.consume(handle, observer);
      if (stopping) await consumption.stop();
      await consumption.done;
    },
    async stop() {
      stopping = true;
      await consumption?.stop();
    },
    live() {
      const stuck = partitions().filter((status) => {
        const movedAtMs = progress.get(status.partition)?.movedAtMs ?? now();
        return status.status === 'claimed' && isBehind(status) && now() - movedAtMs > parts.stallTimeoutMs;
      });
      if (stuck.length === 0)
        return { healthy: true, detail: 'every partition makes progress, or its cause is known' };
      const names = stuck.map((status) => status.partition).join(', ');
      return { healthy: false, detail: `no progress for ${parts.stallTimeoutMs} ms in partitions ${names}` };
    },
    ready() {
      if (consumption === null) return { healthy: false, detail: 'not started' };
      const blocked = partitions().filter(({ status }) => status === 'waiting' || status === 'halted');
      if (blocked.length > 0) return { healthy: false, detail: blocked.map(describeBlocked).join('; ') };
      return { healthy: true, detail: `${partitions().length} partitions assigned` };
    },
  };
}

function isBehind({ nextOffset, endOffset }: PartitionStatus): boolean {
  return nextOffset !== null && endOffset !== null && endOffset > nextOffset;
}

function describeBlocked({ partition, status, error }: PartitionStatus): string {
  const why = error instanceof OfferlockError ? `${error.code}: ${error.message}` : String(error);
  return `partition ${partition} is ${status}: ${why}`;
}
