/*
 * The whole flow on real parts, for a person to watch: stack, topics, schemas, traffic, projector, counts, one path.
 * Exits with 1 if any count differs from what the traffic was made to give.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTerminal } from '@offerlock/operator';
import { startStack } from '@offerlock/stack';
import { parseExpectedCounts, type Counts } from '@offerlock/traffic';
import { operatorMain, startProjectorProcess } from '../support/projector-process.ts';
import { redisFacts } from '../support/redis-facts.ts';
import { systemClock } from '../support/system-clock.ts';

const events = 200_000;
const stuckAfterMs = 60_000;
const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr }, systemClock);

/** Runs one command line of `offerlock` before the viewer's eyes; answers with its exit code. */
async function offerlock(environment: Record<string, string>, ...argv: readonly string[]): Promise<number> {
  terminal.print(`\n$ offerlock ${argv.join(' ')}`);
  const child = spawn(process.execPath, [operatorMain, ...argv], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function mustSucceed(environment: Record<string, string>, ...argv: readonly string[]): Promise<void> {
  const code = await offerlock(environment, ...argv);
  if (code !== 0) throw new Error(`offerlock ${argv[0]} ended with exit code ${code}`);
}

function compareCounts(title: string, expected: Counts, measured: Counts): boolean {
  terminal.print(`\n${title.padEnd(26)} ${'expected'.padStart(10)} ${'measured'.padStart(10)}`);
  let equal = true;
  for (const name of [...new Set([...Object.keys(expected), ...Object.keys(measured)])].sort()) {
    const [should, does] = [expected[name] ?? 0, measured[name] ?? 0];
    if (should !== does) equal = false;
    const mark = should === does ? '' : '  differs';
    terminal.print(`  ${name.padEnd(24)} ${String(should).padStart(10)} ${String(does).padStart(10)}${mark}`);
  }
  return equal;
}

function outcomesIn(samples: Readonly<Record<string, number>>): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const [name, count] of Object.entries(samples)) {
    const outcome = /^offerlock_events_total\{outcome="(\w+)"\}$/.exec(name)?.[1];
    if (outcome !== undefined) outcomes[outcome] = count;
  }
  return outcomes;
}

const sum = (counts: Counts): number => Object.values(counts).reduce((total, count) => total + count, 0);

async function demo(): Promise<boolean> {
  const stack = await startStack();
  const directory = await mkdtemp(join(tmpdir(), 'offerlock-demo-'));
  const id = `demo-${Date.now().toString(36)}`;
  const environment = {
    OFFERLOCK_KAFKA_BROKERS: stack.brokers.join(','),
    OFFERLOCK_REGISTRY_URL: stack.registryUrl,
    OFFERLOCK_REDIS_ADDRESSES: stack.redisAddress,
    // Servers that were given may hold other data: the expected counts hold for topics of their own only.
    OFFERLOCK_TOPIC_PREFIX: `${id}.`,
    OFFERLOCK_REDIS_KEY_PREFIX: `${id}:`,
    OFFERLOCK_GROUP_ID: id,
  };
  const projectors: ReturnType<typeof startProjectorProcess>[] = [];
  try {
    await mustSucceed(environment, 'topics', 'apply');
    await mustSucceed(environment, 'schemas', 'register');
    const expectFile = join(directory, 'expected.json');
    const shares = ['--duplicates', '1%', '--overtaking', '1%', '--illegal', '1%', '--unreadable', '0.1%'];
    const run = ['simulate', '--events', String(events), '--seed', '1', ...shares, '--expect', expectFile];
    await mustSucceed(environment, ...run);
    const expected = parseExpectedCounts(await readFile(expectFile, 'utf8'));

    terminal.print('\nThe projector starts and drains the topic.');
    const startedAt = performance.now();
    const projector = startProjectorProcess(environment, { nodeArguments: ['--max-semi-space-size=64'] });
    projectors.push(projector);
    const progress = terminal.progress('Draining', expected.records);
    let outcomes: Record<string, number> = {};
    let movedAt = performance.now();
    while (sum(outcomes) < expected.records) {
      const ended = await Promise.race([
        projector.exited,
        systemClock.sleep(250, new AbortController().signal),
      ]);
      if (ended !== undefined)
        throw new Error(`the projector ended: ${JSON.stringify(projector.logLines.at(-1))}`);
      const processed = sum(outcomes);
      outcomes = outcomesIn(await projector.samples());
      progress.update(sum(outcomes));
      if (sum(outcomes) > processed) movedAt = performance.now();
      if (performance.now() - movedAt > stuckAfterMs) {
        throw new Error(`no progress for ${stuckAfterMs} ms: ${JSON.stringify(projector.logLines.at(-1))}`);
      }
    }
    progress.end();
    const seconds = (performance.now() - startedAt) / 1_000;

    const facts = await redisFacts({ ...process.env, ...environment });
    const checks = [
      compareCounts('events by outcome', expected.outcomes, outcomes),
      compareCounts('offers by status', expected.offers.byStatus, facts.byStatus),
      compareCounts(
        'offers',
        { total: expected.offers.total, locked: expected.offers.locked },
        { total: facts.offers, locked: facts.locked },
      ),
      (await offerlock(environment, 'report', '--expect', expectFile)) === 0,
    ];
    const example = expected.examples.at(-1);
    if (example !== undefined) {
      terminal.print(`\nOne customer: ${example.shows}.`);
      const [tenant = '', customer = ''] = example.customer.split('/');
      await mustSucceed(environment, 'inspect', customer, '--tenant', tenant);
    }
    projector.kill('SIGTERM');
    const { code } = await projector.exited;
    if (code !== 0) throw new Error(`the projector stopped with exit code ${code}`);

    const equal = checks.every(Boolean);
    const rate = Math.round(expected.records / seconds).toLocaleString('en');
    const verdict = equal ? 'every count is as expected' : 'NOT every count is as expected';
    terminal.print(
      `\n${verdict}; ${expected.records.toLocaleString('en')} events in ${seconds.toFixed(1)} s, start of the process included: ${rate} events/s`,
    );
    return equal;
  } finally {
    for (const projector of projectors) projector.kill('SIGKILL');
    await rm(directory, { recursive: true });
    await stack.stop();
  }
}

process.exitCode = (await demo()) ? 0 : 1;
