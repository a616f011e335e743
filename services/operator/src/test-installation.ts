import type { LogBatch, OutputRecord } from '@offerlock/event-log';
import { createMemoryLog, type MemoryLog } from '@offerlock/event-log/memory';
import {
  checkEvent,
  customerKeyOf,
  fold,
  lifecyclesWith,
  type OfferState,
  type WebActionEvent,
} from '@offerlock/lifecycle';
import { positionOf } from '@offerlock/projection';
import { createMemoryProjection, type MemoryProjection } from '@offerlock/projection/memory';
import {
  createEncoders,
  createRecordDecoder,
  deadLetterHeaders,
  registerSchemas,
  type Encoders,
} from '@offerlock/schemas';
import { createMemoryRegistry, type MemoryRegistry } from '@offerlock/schemas/memory';
import type { Clock, Systems, Terminal, TopicDefinition, TopicResult } from './ports.ts';
import { runOperator } from './run-operator.ts';
import { createServiceClient } from './service/service-client.ts';
import { createTestDirectories, type TestDirectories } from './transfer/test-directories.ts';
import { createTestLog, type TestLog } from './transfer/test-log-transfer.ts';

export interface TestInstallation {
  readonly log: MemoryLog;
  readonly registry: MemoryRegistry;
  readonly projection: MemoryProjection;
  /** The log that `export` fills and `import` reads. */
  readonly transferLog: TestLog;
  readonly directories: TestDirectories;
  /** What `topics apply` was asked for. */
  readonly applied: { definitions: readonly TopicDefinition[]; dryRun: boolean }[];
  /** What `topics apply` answers with. */
  topicResults: readonly TopicResult[];
  /** Systems that were opened and not closed again. */
  open: number;
  stop: AbortController;
  readonly clock: Clock;
  registerSchemas(): Promise<Encoders>;
  /** Runs a command line, given as one would type it, and returns what it wrote. */
  offerlock(commandLine: string): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Processes all of the events topic with the least that a projector must do. */
  project(): Promise<void>;
}

const partitions = 4;
const topicPrefix = 'test.';

/** Everything an operator talks to, in memory. Time moves only by sleeping. */
export function createTestInstallation(directories = createTestDirectories()): TestInstallation {
  let nowMs = Date.UTC(2026, 4, 1);
  const clock: Clock = {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
  };
  const log = createMemoryLog({ partitions });
  const registry = createMemoryRegistry();
  const projection = createMemoryProjection();
  const transferLog = createTestLog(partitions);

  const counted = <T extends { close(): Promise<void> }>(system: T): T => {
    installation.open += 1;
    return {
      ...system,
      close: async () => {
        installation.open -= 1;
        await system.close();
      },
    };
  };
  const systems: Systems = {
    applyTopics: async (definitions, { dryRun }) => {
      installation.applied.push({ definitions, dryRun });
      return installation.topicResults;
    },
    topicPrefix: () => topicPrefix,
    openRegistry: () => registry,
    openSink: () => counted(log.sink()),
    openTopicReader: () => counted(log.reader()),
    openProjectionReader: () => counted(projection.reader()),
    openProjectionStore: () => counted(projection.store()),
    openLogTransfer: () => counted(transferLog.transfer()),
    openService: (url = '') => createServiceClient({ url, key: null }),
    groupId: () => 'test-group',
    dataDir: () => 'data',
    openDirectory: async (path) => counted(await directories.open(path)),
    createDirectory: async (path, options) => counted(await directories.create(path, options.partitions)),
  };

  const installation: TestInstallation = {
    log,
    registry,
    projection,
    transferLog,
    directories,
    applied: [],
    topicResults: [],
    open: 0,
    stop: new AbortController(),
    clock,
    registerSchemas: async () => {
      await registerSchemas(registry, topicPrefix);
      return createEncoders(registry, topicPrefix);
    },
    offerlock: async (commandLine) => {
      const out: string[] = [];
      const err: string[] = [];
      const terminal: Terminal = {
        print: (text) => out.push(text),
        note: (text) => err.push(text),
        progress: () => ({ update: () => {}, end: () => {} }),
      };
      const argv = commandLine.split(' ').filter((word) => word !== '');
      const exitCode = await runOperator(argv, {
        systems,
        terminal,
        clock,
        stopSignal: () => installation.stop.signal,
      });
      return { exitCode, stdout: out.join('\n'), stderr: err.join('\n') };
    },
    project: async () => project(log, registry, projection),
  };
  return installation;
}

const silent = () => {};

async function project(log: MemoryLog, registry: MemoryRegistry, projection: MemoryProjection) {
  const decoder = createRecordDecoder(registry);
  const encoders = await createEncoders(registry, topicPrefix);
  const options = { lifecycles: lifecyclesWith(), extendedMetrics: false, earlyGraceMs: 60_000 };
  const states = new Map<string, { state: OfferState; event: WebActionEvent; offset: bigint }>();

  const handle = async ({ partition, records }: LogBatch): Promise<readonly OutputRecord[]> => {
    const outputs: OutputRecord[] = [];
    for (const record of records) {
      const deadLetter = (reason: string): void => {
        const source = { topic: 'events', partition: String(partition), offset: String(record.offset) };
        const headers = {
          [deadLetterHeaders.reason]: reason,
          [deadLetterHeaders.topic]: source.topic,
          [deadLetterHeaders.partition]: source.partition,
          [deadLetterHeaders.offset]: source.offset,
        };
        outputs.push({ topic: 'deadLetters', key: record.key, value: record.value, headers });
      };
      const decoded = await decoder.decode(record.value);
      if (decoded.type === 'unreadable') deadLetter(decoded.reason);
      if (decoded.type !== 'event') continue;
      const { event } = decoded;
      if (record.key?.toString() !== customerKeyOf(event) || checkEvent(event) !== null) {
        deadLetter('INVALID_FIELD');
        continue;
      }
      const key = `${customerKeyOf(event)}/${event.actionMapId}`;
      const incoming = { event, offset: record.offset };
      const folded = fold(options, states.get(key)?.state ?? null, incoming);
      if (folded.outcome === 'refused') deadLetter(folded.reason);
      if (folded.outcome === 'applied' || folded.outcome === 'early') {
        states.set(key, { state: folded.state, ...incoming });
      }
      if (folded.outcome !== 'applied') continue;
      for (const { metric, source, ...rest } of folded.metrics) {
        const { eventId, ...fields } = source.event;
        const value = encoders.metric.encode({
          ...fields,
          ...rest,
          metric,
          metricId: eventId,
          processedAt: fields.receivedAt,
          topic: 'events',
          partition,
          offset: Number(source.offset),
        });
        outputs.push({ topic: 'metrics', key: record.key, value });
      }
    }
    return outputs;
  };

  const eventLog = log.eventLog();
  await eventLog.consume(handle, {
    claimed: silent,
    claimEnded: silent,
    committed: silent,
    halted: silent,
  });
  for (let turn = 0; !caughtUp(log); turn += 1) {
    if (turn > 10_000) throw new Error('the events were not processed');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  await eventLog.close();
  await projection.store().save(
    [...states.values()].map(({ state, event, offset }) => ({
      key: { customer: customerKeyOf(event), actionMapId: event.actionMapId },
      position: positionOf(1, offset),
      stateJson: JSON.stringify(state),
      before: null,
    })),
  );
}

function caughtUp(log: MemoryLog): boolean {
  return Array.from({ length: partitions }, (_, partition) => partition).every(
    (partition) => (log.committed(partition)?.offset ?? 0n) >= log.endOffset('events', partition),
  );
}
