import type { Consumption, EventLog, EventSink, TopicReader } from '@offerlock/event-log';
import {
  createHandClock,
  createMemoryLog,
  type HandClock,
  type MemoryLog,
} from '@offerlock/event-log/memory';
import type { FoldOptions, WebActionEvent } from '@offerlock/lifecycle';
import type { ProjectionReader, ProjectionStore } from '@offerlock/projection';
import { createMemoryProjection, type MemoryProjection } from '@offerlock/projection/memory';
import { createProjector, type Projector } from '@offerlock/projector';
import {
  createEncoders,
  createRecordDecoder,
  registerSchemas,
  type Encoders,
  type SchemaRegistry,
} from '@offerlock/schemas';
import { createMemoryRegistry, type MemoryRegistry } from '@offerlock/schemas/memory';
import { pino } from 'pino';
import { foldDefaults } from '@offerlock/lifecycle/testing';
import { differences, foldedAccount, foundAccount } from './account.ts';

/** The real application, as one or more instances. */
export interface RunningPipeline {
  readonly encoders: Encoders;
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

/** It runs over a log, a projection and a registry in memory, with a clock that is moved by hand. */
export interface Pipeline extends RunningPipeline {
  readonly log: MemoryLog;
  readonly projection: MemoryProjection;
  readonly registry: MemoryRegistry;
  readonly clock: HandClock;
}

/** What projectors run on, and what a test reaches into. */
export interface PipelineSystems {
  readonly registry: SchemaRegistry;
  readonly sink: EventSink;
  readonly topicReader: TopicReader;
  readonly projectionReader: ProjectionReader;
  /** ms since 1970. */
  readonly now: () => number;
  eventLog(options: { readonly batchRecordsMax: number }): EventLog;
  store(): ProjectionStore;
  /** Whether everything in the log is committed. */
  isDrained(): boolean;
  /** Lets a little time pass between two looks at a fact. */
  passTime(): Promise<void>;
}

export interface RunningProjector extends Projector {
  /** Settles when the instance has ended; null, or the error it ended with. */
  readonly ended: Promise<unknown>;
}

const looksMax = 5_000;

/** Registers the schemas, then runs the real application over the systems it is given. */
export async function runPipeline(
  systems: PipelineSystems,
  fold: Partial<FoldOptions> = {},
): Promise<RunningPipeline> {
  const { registry, sink, topicReader, projectionReader, now } = systems;
  const foldOptions = { ...foldDefaults, ...fold };
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  const logLines: Record<string, unknown>[] = [];
  const logger = pino(
    { base: null },
    { write: (line: string) => logLines.push(JSON.parse(line) as object as Record<string, unknown>) },
  );
  const running: RunningProjector[] = [];
  const until = async (fact: () => boolean): Promise<void> => {
    for (let look = 0; !fact(); look += 1) {
      if (look > looksMax) throw new Error(`never became true: ${String(fact)}`);
      await systems.passTime();
    }
  };

  return {
    encoders,
    logLines,
    start({ batchRecordsMax = 2_000, stallTimeoutMs = 60_000 } = {}) {
      const projector = createProjector({
        eventLog: systems.eventLog({ batchRecordsMax }),
        store: systems.store(),
        decoder: createRecordDecoder(registry, { now }),
        encoders,
        foldOptions,
        eventsTopic: 'webactions.events.v1',
        stallTimeoutMs,
        now,
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
    drained: () => until(() => systems.isDrained()),
    async differences() {
      const truth = await foldedAccount(topicReader, registry, foldOptions);
      return differences(truth, await foundAccount(topicReader, registry, projectionReader, truth.customers));
    },
    async close() {
      await Promise.all(running.map((projector) => projector.stop()));
    },
  };
}

export async function createPipeline(
  options: { readonly partitions?: number; readonly fold?: Partial<FoldOptions> } = {},
): Promise<Pipeline> {
  const partitions = options.partitions ?? 2;
  const clock = createHandClock();
  const log = createMemoryLog({ partitions, scheduler: clock });
  const projection = createMemoryProjection();
  const registry = createMemoryRegistry();
  const systems = {
    registry,
    sink: log.sink(),
    topicReader: log.reader(),
    projectionReader: projection.reader(),
    now: () => clock.now(),
    eventLog: (member: { readonly batchRecordsMax: number }) => log.eventLog(member),
    store: () => projection.store(),
    isDrained: () =>
      Array.from({ length: partitions }, (_, partition) => partition).every(
        (partition) => (log.committed(partition)?.offset ?? 0n) >= log.endOffset('events', partition),
      ),
    passTime: async () => {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      clock.advance(100);
    },
  };
  return { ...(await runPipeline(systems, options.fold)), log, projection, registry, clock };
}

/** Names a partition's status for assertions. */
export function statusesOf(consumption: Pick<Consumption, 'partitions'>): readonly string[] {
  return consumption.partitions().map(({ status }) => status);
}
