import { describeVariables, parseVariables } from '@offerlock/config';
import { OfferlockError } from '@offerlock/lifecycle';
import { Command, CommanderError } from 'commander';
import { standaloneVariables, type StandaloneValues } from './config.ts';

/** What the command line asks for: to run, or to print something and end. */
export type CommandLine =
  { readonly values: StandaloneValues } | { readonly exitCode: 0 | 2; readonly output: string };

const more = `
The page is at http://127.0.0.1:8080 and explains itself; programs find the API at /openapi.json. They report events to
POST /v1/events, ask at POST /v1/decisions what may be offered to a visitor now, and publish what there is to offer
with POST /v1/action-maps. Everything is kept in the data directory; copy it while nothing runs to have a backup.

Ctrl-C or SIGTERM stops it within 10 s with nothing half done; a second one ends it at once. It can be killed at any
time: what was acknowledged is on the disk. Exit codes: 0 stopped, 1 failed, 2 a flag or variable is not valid.

A flag goes before its variable. Everything can be set by environment variables:
`;

interface Flags {
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: string;
  readonly demo?: boolean;
}

/** Reads flags and variables; a flag goes before its variable. Nothing is thrown for what a person typed wrong. */
export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  let output = '';
  const keep = (text: string): void => {
    output += text;
  };
  const program = new Command('offerlock-standalone')
    .description(
      'Offerlock in one process: takes events, folds them, shows what happens. Needs no other server.',
    )
    .option('--data-dir <folder>', 'where all data is kept (OFFERLOCK_DATA_DIR, default ./data)')
    .option('--port <number>', 'port of page and API (OFFERLOCK_HTTP_PORT, default 8080)')
    .option('--host <address>', 'address to bind (OFFERLOCK_HTTP_HOST, default 127.0.0.1)')
    .option('--demo', 'with simulated visitors (OFFERLOCK_DEMO=on)')
    .option('--no-demo', 'without them (OFFERLOCK_DEMO=off)')
    .allowExcessArguments(false)
    .addHelpText('after', `${more}${describeVariables(standaloneVariables)}`)
    .showHelpAfterError('(--help says how it is used)')
    .configureOutput({ writeOut: keep, writeErr: keep })
    .exitOverride();
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? 0 : 2, output };
  }

  const { dataDir, host, port, demo } = program.opts<Flags>();
  const given = [
    { flag: '--data-dir', variable: 'OFFERLOCK_DATA_DIR', value: dataDir },
    { flag: '--host', variable: 'OFFERLOCK_HTTP_HOST', value: host },
    { flag: '--port', variable: 'OFFERLOCK_HTTP_PORT', value: port },
    {
      flag: '--demo',
      variable: 'OFFERLOCK_DEMO',
      value: demo === undefined ? undefined : demo ? 'on' : 'off',
    },
  ].filter(({ value }) => value !== undefined);
  try {
    const flags = Object.fromEntries(given.map(({ variable, value }) => [variable, value]));
    return { values: parseVariables(standaloneVariables, { ...environment, ...flags }) };
  } catch (error) {
    if (!(error instanceof OfferlockError)) throw error;
    const message = given.reduce((told, { flag, variable }) => told.replace(variable, flag), error.message);
    return { exitCode: 2, output: `${message}\n` };
  }
}
