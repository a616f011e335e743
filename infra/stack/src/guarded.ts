import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GuardCommand, GuardReport } from './guard.ts';
import { until } from './until.ts';

/** Starts processes that do not outlive this one. */
export interface Guard {
  /** Output is appended to `logFile`. Rejects when the file cannot be executed. */
  spawn(file: string, args: readonly string[], options: SpawnOptions): Promise<GuardedProcess>;
  /** Lets the processes live on without us; a connection to `socketPath` ends them and removes the data. */
  outlive(socketPath: string): Promise<void>;
  /** Ends all processes and removes the data directory. A repeat does nothing. */
  end(): Promise<void>;
}

export interface SpawnOptions {
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface GuardedProcess {
  readonly pid: number;
  /** How the process ended, null while it runs. */
  exit(): string | null;
}

/** The guard process also removes `dataDir`, when it ends or when this process dies in any way. */
export function startGuard(dataDir: string): Guard {
  // Always the built file: under jest this module is TypeScript source, which Node cannot run.
  const script = fileURLToPath(new URL('../dist/guard.js', import.meta.url));
  const guard = fork(script, [dataDir], { detached: true, stdio: 'ignore', execArgv: [] });
  // A holder that forgets to stop its stack should end, not hang; the guard then ends the stack.
  guard.unref();
  guard.channel?.unref();

  const pids = new Map<number, number>();
  const exits = new Map<number, string>();
  let outliving = false;
  let gone = false;
  let requests = 0;
  guard.on('message', (message: GuardReport) => {
    if (message.report === 'spawned') pids.set(message.request, message.pid);
    else if (message.report === 'exited') exits.set(message.request, message.how);
    else outliving = true;
  });
  guard.on('exit', () => (gone = true));
  guard.on('error', () => (gone = true));

  function tell(command: GuardCommand): void {
    if (gone) throw new Error('the guard process of the stack is gone');
    guard.send(command);
  }

  return {
    async spawn(file, args, { logFile, environment = {} }) {
      requests += 1;
      const request = requests;
      tell({ command: 'spawn', request, file, args, environment, logFile });
      await until(`start of ${file}`, () => gone || pids.has(request) || exits.has(request), {
        timeoutMs: 10_000,
        everyMs: 5,
      });
      const pid = pids.get(request);
      if (pid === undefined) throw new Error(`cannot start ${file}: ${exits.get(request) ?? 'no guard'}`);
      return { pid, exit: () => exits.get(request) ?? (gone ? 'ended with the guard' : null) };
    },
    async outlive(socketPath) {
      tell({ command: 'outlive', socketPath });
      await until('the guard to stand alone', () => outliving, { timeoutMs: 10_000, everyMs: 5 });
      guard.disconnect();
    },
    async end() {
      if (gone) return;
      if (guard.connected) tell({ command: 'end' });
      else guard.kill('SIGTERM');
      await until('the end of the stack', () => gone, { timeoutMs: 20_000, everyMs: 5 });
    },
  };
}
