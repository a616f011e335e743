import { OfferlockError } from '@offerlock/lifecycle';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import type { Clock, Systems, Terminal } from './ports.ts';
import { UsageError } from './usage-error.ts';

export interface OperatorContext {
  readonly systems: Systems;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly stopSignal: () => AbortSignal;
}

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** Runs one command line, without the program's name, and answers with the exit code. Never rejects. */
export async function runOperator(argv: readonly string[], context: OperatorContext): Promise<number> {
  const { terminal } = context;
  let yes = true;
  const program = createProgram({
    ...context,
    output: {
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    },
    answered: (answer) => {
      yes = answer;
    },
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return yes ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    // Commander has written its own errors, and the help that was asked for, already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const verbose = program.opts<{ verbose?: true }>().verbose === true;
    terminal.note(describeError(error, verbose));
    return isUsage(error) ? exitCodes.usage : exitCodes.failed;
  }
}

function isUsage(error: unknown): boolean {
  if (error instanceof UsageError) return true;
  return error instanceof OfferlockError && error.code === 'CONFIG_INVALID';
}

function describeError(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return `offerlock: ${String(error)}`;
  const missing = error instanceof OfferlockError && error.code === 'TOPIC_MISSING';
  const message = `offerlock: ${error.message}${missing ? ': run `offerlock topics apply`' : ''}`;
  if (!verbose) return message;
  const details = error instanceof OfferlockError ? `\n${error.code} ${JSON.stringify(error.details)}` : '';
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    causes.push(cause.stack ?? cause.message);
  }
  return `${message}${details}\n${causes.join('\ncaused by ')}`;
}
