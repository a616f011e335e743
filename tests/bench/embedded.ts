/*
 * How fast the installation in one process takes events in and folds them, what it needs of memory and disk meanwhile,
 * and how soon it is ready again. The last line is the main figure. `npm run bench:embedded -- --help`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTerminal, type Progress } from '@offerlock/operator';
import { startStandaloneProcess } from '../support/standalone-process.ts';
import { systemClock } from '../support/system-clock.ts';
import type { DrainMessage, DrainOptions, DrainResult, DrainSample } from './embedded-drain.ts';

const help = `npm run bench:embedded -- [--events 1000000] [--runs 3] [--long 5000000] [--cores 0] [--batch 2000]
                          [--partitions 4] [--starts 3] [--cpu-prof <directory>]

Simulated events are encoded ahead into a file. Each run, in a process of its own on a directory of its own, reads the
file, appends the events durably and folds them with the real projector at the same time; all of that is measured, with
every thread of the process. --runs runs of --events each give the main figure. Then one run of --long events (0: none)
tells how memory and disk develop, and --starts starts of the real process on its directory how long that takes.

--cores names the cores that measured processes may use, as \`taskset -c\` takes them; "all" for no limit.
Retention keeps the newest 256 MB of each topic, so that the disk use is bounded.
`;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    long: { type: 'string', default: '5000000' },
    starts: { type: 'string', default: '3' },
    cores: { type: 'string', default: '0' },
    batch: { type: 'string', default: '2000' },
    partitions: { type: 'string', default: '4' },
    'cpu-prof': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr }, systemClock);
const within = values.cores === 'all' ? [] : ['taskset', '-c', values.cores];
const drainMain = fileURLToPath(new URL('./embedded-drain.js', import.meta.url));
const fileMain = fileURLToPath(new URL('./embedded-events.js', import.meta.url));
const MB = 1_048_576;
const retentionBytes = 256 * MB;

const number = (count: number): string => Math.round(count).toLocaleString('en');
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Runs one of our scripts with a channel for messages; rejects if it fails. */
async function runChild(
  words: readonly string[],
  onMessage: (message: unknown) => void = () => undefined,
): Promise<void> {
  const [command = '', ...rest] = words;
  const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', onMessage);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code ?? signal}`);
}

async function drain(label: string, options: DrainOptions): Promise<DrainResult> {
  const profile =
    values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`];
  const progress: Progress = terminal.progress(label, options.events);
  let result: DrainResult | null = null;
  await runChild(
    [...within, process.execPath, '--max-semi-space-size=64', ...profile, drainMain, JSON.stringify(options)],
    (message) => {
      const told = message as DrainMessage;
      if (told.type === 'progress') progress.update(told.events);
      else result = told.result;
    },
  );
  progress.end();
  if (result === null) throw new Error('the measured process told no result');
  return result;
}

function printRun(title: string, result: DrainResult): void {
  const { events, seconds, cpuSeconds, mainCpuSeconds, stages, writtenBytes } = result;
  terminal.print(`\n${title}: ${number(events)} events in ${seconds.toFixed(1)} s of wall time`);
  terminal.print(
    `  ${number(events / seconds)} events/s; ${number(events / cpuSeconds)} events per CPU-second of all threads ` +
      `(${cpuSeconds.toFixed(1)} s, of which the main thread ${mainCpuSeconds.toFixed(1)} s)`,
  );
  terminal.print(`  ${number(writtenBytes / events)} bytes written to the disk per event`);
  for (const [stage, stageSeconds] of Object.entries(stages)) {
    const perEvent = ((stageSeconds / events) * 1e6).toFixed(1);
    terminal.print(
      `  ${stage.padEnd(7)} ${stageSeconds.toFixed(2).padStart(7)} s  ${perEvent.padStart(6)} µs per event`,
    );
  }
}

function printSeries(samples: readonly DrainSample[]): void {
  terminal.print(
    `\n  ${['events', 'events/s', 'RSS MB', 'own MB', 'heap MB', 'buffers MB', 'disk MB', 'offers'].map((title) => title.padStart(11)).join('')}`,
  );
  let before: DrainSample | null = null;
  for (const sample of samples) {
    const { events, seconds } = sample;
    const rate = (events - (before?.events ?? 0)) / (seconds - (before?.seconds ?? 0));
    const cells = [
      events,
      rate,
      sample.residentBytes / MB,
      sample.ownBytes / MB,
      sample.heapBytes / MB,
      sample.bufferBytes / MB,
      sample.diskBytes / MB,
      sample.offers,
    ];
    terminal.print(`  ${cells.map((cell) => number(cell).padStart(11)).join('')}`);
    before = sample;
  }
}

async function measureStarts(directory: string, offers: number): Promise<void> {
  const starts: number[] = [];
  for (let start = 0; start < Number(values.starts); start += 1) {
    const startedAt = performance.now();
    const standalone = startStandaloneProcess({ directory, within });
    await standalone.ready();
    starts.push((performance.now() - startedAt) / 1_000);
    standalone.kill('SIGTERM');
    const { code } = await standalone.exited;
    if (code !== 0) throw new Error(`the process stopped with exit code ${code}`);
  }
  if (starts.length === 0) return;
  terminal.print(
    `\nstart of the process with ${number(offers)} offers, from spawn to /readyz: ` +
      `${median(starts).toFixed(2)} s (${starts.map((seconds) => seconds.toFixed(2)).join(', ')})`,
  );
}

async function bench(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'offerlock-bench-'));
  try {
    const [events, runs, long] = [Number(values.events), Number(values.runs), Number(values.long)];
    const file = join(scratch, 'events');
    const writing = terminal.progress('Encoding events', Math.max(events, long));
    await runChild(
      [process.execPath, fileMain, file, String(Math.max(events, long)), join(scratch, 'schemas')],
      (message) => writing.update(Number(message)),
    );
    writing.end();
    const fileBytes = (await stat(file)).size;
    terminal.print(`${number(fileBytes / Math.max(events, long))} bytes per encoded event`);

    const options = {
      file,
      partitions: Number(values.partitions),
      batchRecordsMax: Number(values.batch),
      retentionBytes,
    };
    const rates: number[] = [];
    const perCpu: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const directory = join(scratch, `run-${run}`);
      const result = await drain(`Run ${run}`, { ...options, directory, events });
      printRun(`run ${run}`, result);
      rates.push(events / result.seconds);
      perCpu.push(events / result.cpuSeconds);
      await rm(directory, { recursive: true });
    }
    if (long > 0) {
      const directory = join(scratch, 'long');
      const result = await drain('Long run', { ...options, directory, events: long });
      printRun('long run', result);
      printSeries(result.samples);
      await measureStarts(directory, result.offers);
    }
    const cores = values.cores === 'all' ? 'all cores' : `core ${values.cores}`;
    terminal.print(
      `\nmedian of ${runs} runs: ${number(median(rates))} events/s end to end on ${cores}, ` +
        `${number(median(perCpu))} per CPU-second`,
    );
  } finally {
    await rm(scratch, { recursive: true });
  }
}

if (values.help) console.log(help);
else await bench();
