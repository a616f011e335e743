import { SingleBar } from 'cli-progress';
import type { Clock, Progress, Terminal } from './ports.ts';
import { formatCount, formatDuration } from './format.ts';

export interface TerminalStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** How often a line tells of progress where there is no bar. */
const lineEveryMs = 5_000;

export function createTerminal({ stdout, stderr }: TerminalStreams, clock: Clock): Terminal {
  return {
    print: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    progress: (label, total) => {
      const startedAt = clock.now();
      const describe = (done: number): string => describeProgress(done, total, clock.now() - startedAt);
      return stderr.isTTY === true
        ? barOf(label, total, stderr, describe)
        : linesOf(label, stderr, clock, describe);
    },
  };
}

function barOf(
  label: string,
  total: number | null,
  stream: NodeJS.WritableStream,
  describe: (done: number) => string,
): Progress {
  const bar = new SingleBar({
    format: total === null ? `${label} {described}` : `${label} {bar} {percentage} %  {described}`,
    stream,
    hideCursor: true,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  bar.start(total ?? 0, 0, { described: describe(0) });
  return {
    update: (done) => {
      bar.update(done, { described: describe(done) });
    },
    end: () => {
      bar.stop();
    },
  };
}

function linesOf(
  label: string,
  stream: NodeJS.WritableStream,
  clock: Clock,
  describe: (done: number) => string,
): Progress {
  let toldAt = clock.now();
  return {
    update: (done) => {
      const now = clock.now();
      if (now - toldAt < lineEveryMs) return;
      toldAt = now;
      stream.write(`${label}: ${describe(done)}\n`);
    },
    end: () => {},
  };
}

function describeProgress(done: number, total: number | null, elapsedMs: number): string {
  const of = total === null ? '' : ` of ${formatCount(total)}`;
  if (done === 0 || elapsedMs === 0) return `${formatCount(done)}${of}`;
  const rate = `${formatCount(Math.round((done * 1000) / elapsedMs))}/s`;
  const left = total === null ? '' : `, ${formatDuration(leftMs(done, total, elapsedMs))} left`;
  return `${formatCount(done)}${of}, ${rate}${left}`;
}

function leftMs(done: number, total: number, elapsedMs: number): number {
  return Math.round(((total - done) * elapsedMs) / done / 1000) * 1000;
}
