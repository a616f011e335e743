/**
 * The measured process of `bench:embedded`: reads encoded events from a file, appends them to a data directory and folds
 * them with the real projector at the same time. Its argument is `DrainOptions` as JSON; it tells its parent
 * `DrainMessage`s.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SinkRecord } from '@offerlock/event-log';
import { openEmbeddedInstallation } from '../support/embedded-installation.ts';
import { readEventFile } from './event-file.ts';

export interface DrainOptions {
  readonly directory: string;
  readonly file: string;
  readonly events: number;
  readonly partitions: number;
  readonly batchRecordsMax: number;
  /** Per topic. */
  readonly retentionBytes: number;
}

/** What the process needs at one moment. */
export interface DrainSample {
  readonly events: number;
  readonly seconds: number;
  /** Without the pages of files, which the kernel takes back when somebody needs them. */
  readonly ownBytes: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly bufferBytes: number;
  readonly diskBytes: number;
  readonly offers: number;
}

export interface DrainResult {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly mainCpuSeconds: number;
  readonly writtenBytes: number;
  readonly offers: number;
  readonly stages: Readonly<Record<string, number>>;
  readonly samples: readonly DrainSample[];
}

export type DrainMessage =
  | { readonly type: 'progress'; readonly events: number }
  | { readonly type: 'result'; readonly result: DrainResult };

const appendRecords = 2_000;
const appendsMax = 2;
/** Appended events that are not folded yet, at most: producers that are faster than the fold have to wait. */
const backlogMax = 40_000;
const samplesWanted = 25;
const tellEveryMs = 250;
const stuckAfterMs = 30_000;

const options = JSON.parse(process.argv[2] ?? '') as DrainOptions;
const tell = (message: DrainMessage) => process.send?.(message);

const newest = { retentionBytes: options.retentionBytes };
const installation = await openEmbeddedInstallation(options.directory, {
  partitions: options.partitions,
  retention: { events: newest, metrics: newest, deadLetters: newest, timers: newest },
});
let committed = 0;
let wake: () => void = () => undefined;
const projector = installation.createProjector({
  batchRecordsMax: options.batchRecordsMax,
  committed({ records }) {
    committed += records;
    wake();
  },
});

/** Waits until the fact holds; it can change whenever something was committed or appended. */
async function until(fact: () => boolean): Promise<void> {
  while (!fact()) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

const samples: DrainSample[] = [];
let toldAt = performance.now();

function watch(startedAt: number): void {
  const now = performance.now();
  if (now - toldAt > tellEveryMs) {
    toldAt = now;
    tell({ type: 'progress', events: committed });
  }
  if (committed < ((samples.length + 1) * options.events) / samplesWanted) return;
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  samples.push({
    events: committed,
    seconds: (now - startedAt) / 1_000,
    ownBytes: ownBytes(),
    residentBytes: rss,
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
    diskBytes: diskBytes(),
    offers: installation.offerCount(),
  });
}

function ownBytes(): number {
  return 1_024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

function diskBytes(): number {
  return readdirSync(options.directory)
    .map((name) => statSync(join(options.directory, name)).blocks * 512)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** CPU time of the main thread; the clock of the kernel counts hundredths of a second. */
function mainCpuSeconds(): number {
  const fields = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

let moved = { committed: 0, atMs: performance.now() };
const watchdog = setInterval(() => {
  if (committed !== moved.committed) moved = { committed, atMs: performance.now() };
  if (performance.now() - moved.atMs < stuckAfterMs) return;
  console.error(`no progress for ${stuckAfterMs} ms after ${committed} events:`, projector.partitions());
  process.exit(1);
}, 1_000);

const running = projector.run();
const cpuBefore = process.cpuUsage();
const mainBefore = mainCpuSeconds();
const startedAt = performance.now();

let [sent, appending] = [0, 0];

async function append(records: readonly SinkRecord[]): Promise<void> {
  await installation.sink.append(records);
  appending -= 1;
  wake();
}

for await (const group of readEventFile(options.file, appendRecords)) {
  const records = group.slice(0, options.events - sent);
  await until(() => appending < appendsMax && sent + records.length - committed <= backlogMax);
  sent += records.length;
  appending += 1;
  void append(records);
  watch(startedAt);
  if (sent === options.events) break;
}
await until(() => {
  watch(startedAt);
  return committed === sent;
});

const seconds = (performance.now() - startedAt) / 1_000;
const cpu = process.cpuUsage(cpuBefore);
const mainCpu = mainCpuSeconds() - mainBefore;
const written = writtenBytes();
const sums = new Map<string, number>();
for (const { name, values } of await projector.metrics.registry.getMetricsAsJSON()) {
  for (const { labels, value, ...more } of values) {
    const isSum = 'metricName' in more && String(more.metricName).endsWith('_sum');
    if (name === 'offerlock_stage_seconds' && isSum) sums.set(String(labels['stage']), value);
    if (name === 'offerlock_transaction_seconds' && isSum) sums.set('commit', value);
    if (name === 'offerlock_events_total') sums.set('counted', (sums.get('counted') ?? 0) + value);
  }
}
const { counted, ...stages } = Object.fromEntries(sums) as Record<string, number>;
if (counted !== options.events || sent !== options.events) {
  throw new Error(`${sent} events were appended and ${counted} folded, ${options.events} were meant`);
}
const offers = installation.offerCount();
clearInterval(watchdog);
await projector.stop();
await running;
await installation.close();
tell({
  type: 'result',
  result: {
    events: options.events,
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    mainCpuSeconds: mainCpu,
    writtenBytes: written,
    offers,
    stages,
    samples,
  },
});
process.disconnect?.();
