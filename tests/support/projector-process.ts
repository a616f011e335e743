import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ExitedProcess {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A projector in a process of its own, as users run it. */
export interface ProjectorProcess {
  readonly pid: number;
  /** Base URL of its health checks and metrics; rejects if it ends before it serves them. */
  readonly url: Promise<string>;
  /** Its log so far, parsed. */
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
  readonly exited: Promise<ExitedProcess>;
  kill(signal: NodeJS.Signals): void;
  /** Samples of its Prometheus metrics by `name{labels}`. */
  samples(): Promise<Readonly<Record<string, number>>>;
}

// The same path from `tests/support` and from `tests/dist/support`.
export const repository = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url),
);

export const projectorMain = `${repository}services/projector/dist/main.js`;
export const dyingProjectorMain = `${repository}tests/dist/support/dying-projector.js`;
export const operatorMain = `${repository}services/operator/dist/main.js`;

export function startProjectorProcess(
  environment: Readonly<Record<string, string>>,
  { script = projectorMain, nodeArguments = [] as readonly string[] } = {},
): ProjectorProcess {
  const child = spawn(process.execPath, [...nodeArguments, script], {
    env: { ...process.env, OFFERLOCK_HTTP_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`could not start ${script}`);
  const logLines: Record<string, unknown>[] = [];
  const stderr: string[] = [];
  const exited = once(child, 'exit').then(([code, signal]): ExitedProcess => ({
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
    child.once('exit', (code, signal) => {
      reject(new Error(`the projector ended (${code ?? signal}) before it served: ${stderr.join('')}`));
    });
  });
  // Whoever waits for the URL hears of it; nobody has to.
  url.catch(() => undefined);

  return {
    pid,
    url,
    logLines,
    exited,
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
