import { open } from 'node:fs/promises';
import type { Guard, GuardedProcess } from './guarded.ts';
import type { ServerControl } from './stack.ts';
import { Hopeless, until } from './until.ts';

export interface ProgramSpec {
  /** As it stands in error messages. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface ServerSpec extends ProgramSpec {
  readonly answers: () => Promise<boolean>;
}

const startTimeoutMs = 120_000;
const stopTimeoutMs = 30_000;

/** A native server under our control, not started yet. Its starts fail with the end of the server's log. */
export function createServer(guard: Guard, spec: ServerSpec): ServerControl {
  let current: GuardedProcess | null = null;

  function running(): GuardedProcess | null {
    if (current !== null && current.exit() !== null) current = null;
    return current;
  }

  async function signal(name: NodeJS.Signals, waitForExit: boolean): Promise<void> {
    const server = running();
    if (server === null) return;
    process.kill(server.pid, name);
    if (!waitForExit) return;
    await until(`end of ${spec.name} after ${name}`, () => server.exit() !== null, {
      timeoutMs: stopTimeoutMs,
      everyMs: 10,
    });
  }

  return {
    get pid() {
      return running()?.pid ?? null;
    },
    async start() {
      if (running() !== null) return;
      const { logFile, environment = {} } = spec;
      const server = await guard.spawn(spec.file, spec.args, { logFile, environment });
      current = server;
      try {
        await until(
          `an answer from ${spec.name}`,
          () => {
            const exit = server.exit();
            if (exit !== null) throw new Hopeless(`${spec.name} ended with ${exit} before it answered`);
            return spec.answers();
          },
          { timeoutMs: startTimeoutMs },
        );
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${reason}; the end of its log:\n${await tailOf(logFile)}`, { cause });
      }
    },
    stop: () => signal('SIGTERM', true),
    kill: (name) => signal(name, name === 'SIGKILL'),
  };
}

/** Runs a program that ends by itself. Rejects with the end of its output unless it ended well. */
export async function runToEnd(guard: Guard, spec: ProgramSpec): Promise<void> {
  const { logFile, environment = {} } = spec;
  const program = await guard.spawn(spec.file, spec.args, { logFile, environment });
  await until(`end of ${spec.name}`, () => program.exit() !== null, { timeoutMs: startTimeoutMs });
  if (program.exit() === 'code 0') return;
  throw new Error(`${spec.name} failed with ${program.exit()}:\n${await tailOf(logFile)}`);
}

async function tailOf(logFile: string): Promise<string> {
  try {
    const file = await open(logFile);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(3_000),
        position: Math.max(0, size - 3_000),
      });
      return buffer.toString('utf8', 0, bytesRead).trimEnd() || '(empty)';
    } finally {
      await file.close();
    }
  } catch (error) {
    return `(${logFile} cannot be read: ${String(error)})`;
  }
}
