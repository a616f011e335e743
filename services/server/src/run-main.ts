import { OfferlockError } from '@offerlock/lifecycle';
import { CannotListen } from './listen.ts';

/** What a process does that takes no arguments, and ends with an exit code. */
export interface Main {
  /** What `--help` prints. */
  readonly usage: string;
  /** Answers with the exit code. */
  readonly run: () => Promise<number>;
}

/**
 * Runs a process to its end: the last call of a `main.ts`. Exit code 2 for an argument that is not expected and for
 * `CONFIG_INVALID`, 1 for any other error; what an operator can mend is told without a stack.
 */
export function runMain({ usage, run }: Main): void {
  const [argument] = process.argv.slice(2);
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(usage);
    return;
  }
  if (argument !== undefined) {
    process.stderr.write(`unexpected argument ${argument}; see --help\n`);
    process.exitCode = 2;
    return;
  }
  run().then(
    (code) => process.exit(code),
    (error: unknown) => {
      const isConfig = error instanceof OfferlockError && error.code === 'CONFIG_INVALID';
      const isExpected = isConfig || error instanceof CannotListen;
      process.stderr.write(`${isExpected ? error.message : String(error)}\n`);
      process.exit(isConfig ? 2 : 1);
    },
  );
}
