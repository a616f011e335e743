import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ExitedProcess {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One of our processes, as users run it: it logs JSON lines, and says where it serves HTTP. */
export interface ServingProcess {
  readonly pid: number;
  /** Base URL of what it serves; rejects if it ends before it serves anything. */
  readonly url: Promise<string>;
  /** Its log so far, parsed; a line that is no JSON is `{ msg: line }`. */
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
  /** What it wrote to standard error so far. */
  errorText(): string;
  /** Settles when the process has ended and all its output is read. */
  readonly exited: Promise<ExitedProcess>;
  kill(signal: NodeJS.Signals): void;
  /** Samples of its Prometheus metrics by `name{labels}`. */
  samples(): Promise<Readonly<Record<string, number>>>;
}

export interface ServingProcessOptions {
  readonly script: string;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
  /** Words of a command that runs the one that follows them, such as `taskset -c 0`. */
  readonly within?: readonly string[];
}

// The same path from `tests/support` and from `tests/dist/support`.
export const repository = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url),
);

export function startServingProcess(options: ServingProcessOptions): ServingProcess {
  const { script, nodeArguments = [], within = [] } = options;
  const [command = '', ...words] = [
    ...within,
    process.execPath,
    ...nodeArguments,
    script,
    ...(options.arguments ?? []),
  ];
  const child = spawn(command, words, {
    env: { ...process.env, OFFERLOCK_HTTP_PORT: '0', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`could not start ${command} ${words.join(' ')}`);
  const logLines: Record<string, unknown>[] = [];
  const stderr: string[] = [];
  const exited = once(child, 'close').then(([code, signal]): ExitedProcess => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  const url = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const parsed = parseLine(line);
      logLines.push(parsed);
      if (typeof parsed['address'] === 'string') resolve(parsed['address']);
    });
    child.once('close', (code, signal) => {
      const told = stderr.join('') || JSON.stringify(logLines.slice(-3));
      reject(new Error(`${script} ended (${code ?? signal}) before it served: ${told}`));
    });
  });
  // Whoever waits for the URL hears of it; nobody has to.
  url.catch(() => undefined);

  return {
    pid,
    url,
    logLines,
    exited,
    errorText: () => stderr.join(''),
    kill: (signal) => {
      child.kill(signal);
    },
    async samples() {
      const response = await fetch(`${await url}/metrics`);
      const samples: Record<string, number> = {};
      for (const line of (await response.text()).split('\n')) {
        if (line === '' || line.startsWith('#')) continue;
        const space = line.lastIndexOf(' ');
        samples[line.slice(0, space)] = Number(line.slice(space + 1));
      }
      return samples;
    },
  };
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}
