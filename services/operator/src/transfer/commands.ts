import type { Command } from 'commander';
import type { ProgramContext } from '../program-context.ts';
import { variablesHelp, type VariableGroup } from '../variables-help.ts';
import { exportDirectory } from './export-directory.ts';
import { importDirectory } from './import-directory.ts';

interface TransferFlags {
  readonly dataDir?: string;
  readonly dryRun?: boolean;
}

interface TransferCommand {
  readonly name: string;
  readonly description: string;
  readonly dataDirHelp: string;
  readonly help: string;
  readonly variables: readonly VariableGroup[];
  readonly run: typeof exportDirectory | typeof importDirectory;
}

const exportHelp = `
Moves events, metrics, dead letters, timers, blocked offers, states and committed offsets, so that projectors on Kafka go
on exactly where the data directory stood. Stop \`npm start\` first: the command holds the directory, and only reads it.

The topics must exist, with as many partitions as the directory has (offerlock topics apply --partitions <count>). They
and the projection must be empty, or hold what an earlier run of this export has written. After an interruption, whatever
it was, the same command goes on. Start the projectors when it has finished.

Not moved: the counters and series of the page. Where the log does not begin at offset 0, offsets of events move; metrics
and dead letters keep the offset that they name. Kafka keeps records as long as its topics say, counted from their own time.

Exits with 1 when it was stopped, when something else is in the way, or when the counts differ in the end.`;

const importHelp = `
Makes a data directory of what the topics hold: events, metrics, dead letters, timers, blocked offers, the states (from
the changelog, so Redis is not needed) and what the projectors have committed. \`npm start\` then goes on exactly there.

Stop producers and projectors first. The directory must not exist, or hold what an earlier run of this import has written.
After an interruption, whatever it was, the same command goes on; until it has finished, nothing else can use the
directory.

Not moved: what Kafka has deleted by retention, and records of aborted transactions. Offsets stay as they are.

Exits with 1 when it was stopped, when something else is in the way, or when the counts differ in the end.`;

const commands: readonly TransferCommand[] = [
  {
    name: 'export',
    description: 'move the data directory of an installation in one process to Kafka, registry and Redis',
    dataDirHelp: 'the data directory',
    help: exportHelp,
    variables: ['Data directory', 'Projectors', 'Kafka', 'Schema registry', 'Redis', 'Offers in Redis'],
    run: exportDirectory,
  },
  {
    name: 'import',
    description: 'move what is in Kafka to a new data directory of an installation in one process',
    dataDirHelp: 'the directory to be made',
    help: importHelp,
    variables: ['Data directory', 'Projectors', 'Kafka', 'Schema registry'],
    run: importDirectory,
  },
];

/** `offerlock export` and `offerlock import` */
export function addTransfers(program: Command, context: ProgramContext): void {
  const { systems, terminal, clock, stopSignal, answered } = context;
  for (const { name, description, dataDirHelp, help, variables, run } of commands) {
    program
      .command(name)
      .description(description)
      .option('--data-dir <path>', `${dataDirHelp} (default: OFFERLOCK_DATA_DIR)`)
      .option('--dry-run', 'look, and say what would be copied')
      .addHelpText('after', `${help}\n\n${variablesHelp(...variables)}`)
      .action(async ({ dataDir, dryRun = false }: TransferFlags) => {
        const options = { dataDir: dataDir ?? systems.dataDir(), dryRun };
        answered(await run(systems, terminal, clock, options, stopSignal()));
      });
  }
}
