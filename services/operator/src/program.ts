import { defaultShares } from '@offerlock/traffic';
import { Command } from 'commander';
import { applyTopics, defaultTopicsFile } from './apply-topics.ts';
import { parseCount, parseDurationMs, parseRate, parseSeed, parseShare } from './arguments.ts';
import { addExplain } from './explain/commands.ts';
import { inspect } from './inspect.ts';
import { addMaps } from './maps/commands.ts';
import { addKeys } from './keys/commands.ts';
import type { ProgramContext } from './program-context.ts';
import { registerSchemas } from './register-schemas.ts';
import { report } from './report.ts';
import { simulate } from './simulate.ts';
import { addTransfers } from './transfer/commands.ts';
import { UsageError } from './usage-error.ts';
import { allVariablesHelp, variablesHelp } from './variables-help.ts';

/** The command line: what there is to type, and what each of it calls. */
export function createProgram(context: ProgramContext): Command {
  const program = new Command('offerlock')
    .description('Sets up, tries out and looks into an Offerlock installation.')
    .option('-v, --verbose', 'with an error, show where it happened and what caused it')
    .configureOutput(context.output)
    .exitOverride()
    .showHelpAfterError('(offerlock --help says how it is used)')
    .addHelpText('after', () => `\n${rootHelp}\n\n${allVariablesHelp()}`);

  const topics = program.command('topics').description('the Kafka topics');
  addTopicsApply(topics, context);
  const schemas = program.command('schemas').description('the Avro schemas');
  addSchemasRegister(schemas, context);
  addSimulate(program, context);
  addMaps(program, context);
  addExplain(program, context);
  addInspect(program, context);
  addReport(program, context);
  addKeys(program, context);
  addTransfers(program, context);
  return program;
}

interface TopicsApplyFlags {
  readonly file?: string;
  readonly partitions?: number;
  readonly replication?: number;
  readonly dryRun?: boolean;
}

function addTopicsApply(topics: Command, { systems, terminal, answered }: ProgramContext): void {
  topics
    .command('apply')
    .description('create the topics that are missing; never changes or deletes one')
    .option('--file <json>', 'the topics (default: infra/kafka/topics.json of this installation)')
    .option(
      '--partitions <count>',
      'of every topic, instead of the number in the file (except where that is fixed)',
      parseCount,
    )
    .option('--replication <count>', 'copies of every topic, instead of the number in the file', parseCount)
    .option('--dry-run', 'only say what would be done')
    .addHelpText(
      'after',
      `\nExits with 1 when a topic that exists is not as the file has it.\n\n${variablesHelp('Kafka')}`,
    )
    .action(async ({ file, dryRun = false, ...numbers }: TopicsApplyFlags) => {
      answered(await applyTopics(systems, terminal, { file: file ?? defaultTopicsFile, dryRun, ...numbers }));
    });
}

function addSchemasRegister(schemas: Command, { systems, terminal }: ProgramContext): void {
  schemas
    .command('register')
    .description('register the schemas of all topics; a repeat changes nothing')
    .addHelpText('after', `\n${variablesHelp('Schema registry', 'Kafka')}`)
    .action(async () => registerSchemas(systems, terminal));
}

interface SimulateFlags {
  readonly events?: number;
  readonly duration?: number;
  readonly rate?: number | null;
  readonly seed?: number;
  readonly customers?: number;
  readonly maps?: number;
  readonly duplicates?: number;
  readonly overtaking?: number;
  readonly late?: number;
  readonly illegal?: number;
  readonly unreadable?: number;
  readonly expect?: string;
}

const simulateExamples = `
Examples:
  offerlock simulate --events 200k --expect expected.json
  offerlock simulate --rate 500/s --duration 10m --illegal 5%

Expected counts hold for a topic that holds nothing else. Ctrl-C stops after the call in hand; the counts then hold for
what was published, and the exit code is 1.`;

function addSimulate(program: Command, context: ProgramContext): void {
  const { systems, terminal, clock, stopSignal, answered } = context;
  program
    .command('simulate')
    .description('publish realistic traffic to the events topic and say what must come of it')
    .option('--events <count>', 'how many events, such as 5000, 200k or 2M (default: 10k)', parseCount)
    .option('--duration <time>', 'with --rate: how long, such as 30s, 5m or 1h', parseDurationMs)
    .option('--rate <rate>', 'events per second, such as 500/s, or max (default: max)', parseRate)
    .option('--seed <number>', 'the same seed gives the same events (default: from the clock)', parseSeed)
    .option(
      '--customers <count>',
      'visitors at the same time (default: 4000, fewer in a small run)',
      parseCount,
    )
    .option('--maps <count>', 'action maps (default: 12)', parseCount)
    .option('--duplicates <share>', `events sent again (default: ${percent('duplicates')})`, parseShare)
    .option(
      '--overtaking <share>',
      `events that arrive before their predecessor and wait for it (default: ${percent('overtaking')})`,
      parseShare,
    )
    .option(
      '--late <share>',
      `events that arrive after their successor (default: ${percent('late')})`,
      parseShare,
    )
    .option('--illegal <share>', `events that must be refused (default: ${percent('illegal')})`, parseShare)
    .option('--unreadable <share>', `bytes that are no event (default: ${percent('unreadable')})`, parseShare)
    .option('--expect <file>', 'write the expected counts to this file, for the report')
    .addHelpText('after', `${simulateExamples}\n\n${variablesHelp('Kafka', 'Schema registry')}`)
    .action(async (flags: SimulateFlags) => {
      const { rate, customers, maps, expect, duplicates, overtaking, late, illegal, unreadable } = flags;
      const shares = { duplicates, overtaking, late, illegal, unreadable };
      const options = {
        events: eventsOf(flags),
        ratePerSecond: rate ?? null,
        seed: flags.seed ?? clock.now() % 2 ** 32,
        shares: givenOf(shares),
        ...givenOf({ customers, maps, expectFile: expect }),
      };
      answered(await simulate(systems, terminal, clock, options, stopSignal()));
    });
}

function eventsOf({ events, duration, rate }: SimulateFlags): number {
  if (duration === undefined) return events ?? 10_000;
  if (events !== undefined) throw new UsageError('--events and --duration exclude each other');
  if (rate === undefined || rate === null)
    throw new UsageError('--duration needs a --rate; as fast as possible, give --events');
  return Math.max(1, Math.round((duration * rate) / 1000));
}

interface InspectFlags {
  readonly tenant: string;
  readonly json?: boolean;
}

const inspectExamples = `
Examples:
  offerlock inspect 7c9e6679-7425-40de-944b-e07fc1f90ae7
  offerlock inspect default/7c9e6679-7425-40de-944b-e07fc1f90ae7 --json

Exits with 1 when nothing is known of the customer.`;

function addInspect(program: Command, { systems, terminal, answered }: ProgramContext): void {
  program
    .command('inspect')
    .description(
      'show what the projection knows of a customer: each action map, its path, lock and what waits',
    )
    .argument('<customer>', "the customer's id, or tenant/id")
    .option('--tenant <id>', 'the tenant', 'default')
    .option('--json', 'as JSON')
    .addHelpText('after', `${inspectExamples}\n\n${variablesHelp('Redis')}`)
    .action(async (customer: string, { tenant, json = false }: InspectFlags) => {
      answered(await inspect(systems, terminal, { customer, tenant, json }));
    });
}

interface ReportFlags {
  readonly expect?: string;
  readonly json?: boolean;
}

const reportHelp = `
Reads both topics from their beginning, committed records only. Exits with 1 when a count differs from what is expected,
or when a metric or a dead letter is there twice.`;

function addReport(program: Command, { systems, terminal, answered }: ProgramContext): void {
  program
    .command('report')
    .description('count the metrics and dead letters, and compare them with what a simulation expects')
    .option('--expect <file>', 'the file that simulate wrote')
    .option('--json', 'as JSON')
    .addHelpText('after', `${reportHelp}\n\n${variablesHelp('Kafka', 'Schema registry')}`)
    .action(async ({ expect, json = false }: ReportFlags) => {
      answered(await report(systems, terminal, { json, ...givenOf({ expectFile: expect }) }));
    });
}

const rootHelp = `A first run:
  offerlock topics apply
  offerlock schemas register
  offerlock simulate --events 200k --expect expected.json
  offerlock report --expect expected.json     once the projector has caught up

Exit codes: 0 done and as expected, 1 failed or not as expected, 2 called or configured wrongly.`;

function percent(share: keyof typeof defaultShares): string {
  return `${defaultShares[share] * 100}%`;
}

type Given<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without the options that were not given. */
function givenOf<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}
