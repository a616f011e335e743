import type { Consumption } from '@offerlock/event-log';
import {
  createHandClock,
  createMemoryLog,
  type HandClock,
  type MemoryLog,
} from '@offerlock/event-log/memory';
import type { FoldOptions, WebActionEvent } from '@offerlock/lifecycle';
import { createMemoryProjection, type MemoryProjection } from '@offerlock/projection/memory';
import { createProjector, type Projector } from '@offerlock/projector';
import { createEncoders, createRecordDecoder, registerSchemas, type Encoders } from '@offerlock/schemas';
import { createMemoryRegistry, type MemoryRegistry } from '@offerlock/schemas/memory';
import { pino } from 'pino';
import { foldDefaults } from '@offerlock/lifecycle/testing';
import { differences, foldedAccount, foundAccount } from './account.ts';

/** The real application over a log, a projection and a registry in memory, with a clock that is moved by hand. */
export interface Pipeline {
  readonly log: MemoryLog;
  readonly projection: MemoryProjection;
  readonly registry: MemoryRegistry;
  readonly encoders: Encoders;
  readonly clock: HandClock;
  /** Log lines of all projectors, parsed. */
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
  /** Starts another instance. */
  start(options?: { batchRecordsMax?: number; stallTimeoutMs?: number }): RunningProjector;
  publish(events: readonly WebActionEvent[]): Promise<void>;
  publishRaw(key: string | null, value: Buffer | null): Promise<void>;
  /** Lets time pass until the fact holds; fails if it never does. */
  until(fact: () => boolean): Promise<void>;
  /** Until the instances have committed everything in the log. */
  drained(): Promise<void>;
  /** What differs from a single-threaded fold of the log. */
  differences(): Promise<readonly string[]>;
  /** Stops every instance. */
  close(): Promise<void>;
}

export interface RunningProjector extends Projector {
  /** Settles when the instance has ended; null, or the error it ended with. */
  readonly ended: Promise<unknown>;
}

const looksMax = 5_000;

export async function createPipeline(
  options: { readonly partitions?: number; readonly fold?: Partial<FoldOptions> } = {},
): Promise<Pipeline> {
  const partitions = options.partitions ?? 2;
  const foldOptions = { ...foldDefaults, ...options.fold };
  const clock = createHandClock();
  const log = createMemoryLog({ partitions, scheduler: clock });
  const projection = createMemoryProjection();
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  const logLines: Record<string, unknown>[] = [];
  const logger = pino(
    { base: null },
    { write: (line: string) => logLines.push(JSON.parse(line) as object as Record<string, unknown>) },
  );
  const sink = log.sink();
  const running: RunningProjector[] = [];

  const until = async (fact: () => boolean): Promise<void> => {
    for (let look = 0; !fact(); look += 1) {
      if (look > looksMax) throw new Error(`never became true: ${String(fact)}`);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      clock.advance(100);
    }
  };
  const isDrained = () =>
    Array.from({ length: partitions }, (_, partition) => partition).every(
      (partition) => (log.committed(partition)?.offset ?? 0n) >= log.endOffset('events', partition),
    );

  return {
    log,
    projection,
    registry,
    encoders,
    clock,
    logLines,
    start({ batchRecordsMax = 2_000, stallTimeoutMs = 60_000 } = {}) {
      const projector = createProjector({
        eventLog: log.eventLog({ batchRecordsMax }),
        store: projection.store(),
        decoder: createRecordDecoder(registry, { now: () => clock.now() }),
        encoders,
        foldOptions,
        eventsTopic: 'webactions.events.v1',
        stallTimeoutMs,
        now: () => clock.now(),
        logger,
      });
      const ended = projector.run().then(
        () => null,
        (error: unknown) => error,
      );
      const started = { ...projector, ended };
      running.push(started);
      return started;
    },
    publish: (events) =>
      sink.append(
        events.map((event) => ({
          key: `${event.tenantId}/${event.customerId}`,
          value: encoders.event.encode(event),
        })),
      ),
    publishRaw: (key, value) => sink.append([{ key, value }]),
    until,
    drained: () => until(isDrained),
    async differences() {
      const truth = await foldedAccount(log.reader(), registry, foldOptions);
      return differences(
        truth,
        await foundAccount(log.reader(), registry, projection.reader(), truth.customers),
      );
    },
    async close() {
      await Promise.all(running.map((projector) => projector.stop()));
    },
  };
}

/** Names a partition's status for assertions. */
export function statusesOf(consumption: Pick<Consumption, 'partitions'>): readonly string[] {
  return consumption.partitions().map(({ status }) => status);
}
