import { Command, InvalidArgumentError } from 'commander';
import { environmentOf } from './environment.ts';
import { endStack, readRecord, removeRecord, writeRecord, type StackRecord } from './outliving.ts';
import { portIsFree } from './ports.ts';
import { answersOf, startOutlivingStack } from './start-stack.ts';
import type { StackPorts } from './stack.ts';

const portOptions = { kafka: '--kafka-port', registry: '--registry-port', redis: '--redis-port' } as const;

const program = new Command('stack')
  .description(
    'Kafka, a schema registry and Redis for development, as containers or else as native processes.',
  )
  .addHelpText(
    'after',
    '\nOFFERLOCK_STACK=containers|native forces how the servers run. Data lives as long as the stack is up.',
  );

program
  .command('up')
  .description('bring the servers up, wait until they answer, and print how to reach them')
  .option(`${portOptions.kafka} <port>`, 'port of Kafka', portOf, 9092)
  .option(`${portOptions.registry} <port>`, 'port of the schema registry', portOf, 8085)
  .option(`${portOptions.redis} <port>`, 'port of Redis', portOf, 6379)
  .action(async (options: { kafkaPort: number; registryPort: number; redisPort: number }) => {
    await up({ kafka: options.kafkaPort, registry: options.registryPort, redis: options.redisPort });
  });
program.command('status').description('ask each server whether it answers').action(status);
program.command('down').description('end the servers and remove their data').action(down);

async function up(ports: StackPorts): Promise<void> {
  const record = await readRecord();
  if (record !== null) {
    const silent = await silentPartsOf(record);
    if (silent.length === 0) {
      console.error('The stack is up already.');
      printExports(record);
      return;
    }
    if (silent.length < 3) {
      throw new Error(`the stack is up, but no answer from ${silent.join(' and ')}; try: npm run stack down`);
    }
    console.error('The stack of an earlier time is gone; starting a new one.');
    await endStack(record.handle);
    await removeRecord();
  }
  for (const [name, port] of Object.entries(ports) as [keyof StackPorts, number][]) {
    if (!(await portIsFree(port))) {
      throw new Error(`port ${port} is taken; choose another with ${portOptions[name]}`);
    }
  }
  const stack = await startOutlivingStack({ ports });
  try {
    await writeRecord(stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  printExports(stack);
  console.error('The stack stays up until: npm run stack down');
}

async function status(): Promise<void> {
  const record = await readRecord();
  if (record === null) {
    console.log('The stack is down.');
    process.exitCode = 1;
    return;
  }
  const silent = await silentPartsOf(record);
  for (const name of Object.keys(answersOf(record))) {
    console.log(`${silent.includes(name) ? 'no answer' : 'answers  '}  ${name}`);
  }
  if (silent.length > 0) process.exitCode = 1;
}

async function down(): Promise<void> {
  const record = await readRecord();
  if (record === null) {
    console.error('The stack is down already.');
    return;
  }
  await endStack(record.handle);
  await removeRecord();
  console.error('The stack is down, its data is removed.');
}

async function silentPartsOf(record: StackRecord): Promise<string[]> {
  const answers = await Promise.all(
    Object.entries(answersOf(record)).map(async ([name, answersNow]) => ({ name, up: await answersNow() })),
  );
  return answers.filter((answer) => !answer.up).map((answer) => answer.name);
}

/** On standard output and nothing else there, so that a shell can evaluate it. */
function printExports(stack: Pick<StackRecord, 'brokers' | 'registryUrl' | 'redisAddress'>): void {
  for (const [name, value] of Object.entries(environmentOf(stack))) console.log(`export ${name}=${value}`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('not a port.');
  return port;
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
