import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { operatorMain } from './projector-process.ts';
import type { ExitedProcess } from './serving-process.ts';

export interface OperatorProcess {
  readonly ended: Promise<ExitedProcess & { readonly stdout: string; readonly stderr: string }>;
  kill(signal: NodeJS.Signals): void;
}

/** The command `offerlock` in a process of its own, as users run it. */
export function startOperator(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): OperatorProcess {
  const child = spawn(process.execPath, [operatorMain, ...argv], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
  }));
  return {
    ended,
    kill: (signal) => {
      child.kill(signal);
    },
  };
}
