import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseExpectedCounts } from '@offerlock/traffic';
import { createTestInstallation, type TestInstallation } from './test-installation.ts';

let installation: TestInstallation;
let directory: string;

beforeEach(async () => {
  installation = createTestInstallation();
  directory = await mkdtemp(join(tmpdir(), 'offerlock-operator-'));
});

afterEach(async () => {
  if (installation.open > 0) throw new Error('a command left something open');
  await rm(directory, { recursive: true });
});

describe('topics apply', () => {
  test('asks for the topics of the installation and says what was done', async () => {
    installation.topicResults = [
      { topic: 'test.webactions.events.v1', outcome: 'created', differences: [] },
      { topic: 'test.webactions.timers.v1', outcome: 'unchanged', differences: [] },
    ];
    const { exitCode, stdout } = await installation.offerlock('topics apply --partitions 3 --replication 2');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/test\.webactions\.events\.v1 +│ created/);
    expect(stdout).toMatch(/test\.webactions\.timers\.v1 +│ unchanged/);
    const [applied] = installation.applied;
    expect(applied?.dryRun).toBe(false);
    expect(applied?.definitions.map(({ name }) => name)).toContain('webactions.dead-letters.v1');
    for (const definition of applied?.definitions ?? []) {
      const partitions = definition.name === 'webactions.action-maps.v1' ? 1 : 3;
      expect(definition).toMatchObject({ partitions, replicationFactor: 2 });
    }
  });

  test('a dry run is passed on and said', async () => {
    const { stderr } = await installation.offerlock('topics apply --dry-run');
    expect(installation.applied[0]?.dryRun).toBe(true);
    expect(stderr).toContain('Dry run');
  });

  test('a topic that is not as defined is a failure, with what differs', async () => {
    const differences = [{ what: 'partitions', expected: '3', found: '12' }];
    installation.topicResults = [{ topic: 'a', outcome: 'different', differences }];
    const { exitCode, stdout, stderr } = await installation.offerlock('topics apply');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('partitions: 12 instead of 3');
    expect(stderr).toContain('1 is not as defined');
  });

  test.each([
    ['{', 'is not JSON'],
    ['{}', 'expected a list "topics"'],
    ['{"topics":[{"name":"a","partitions":0,"replicationFactor":1,"configs":{}}]}', 'topics[0]: expected'],
    [
      '{"topics":[{"name":"a","partitions":1,"replicationFactor":1,"configs":{"x":1}}]}',
      'topics[0]: expected',
    ],
  ])('the file %s is refused', async (json, problem) => {
    const file = join(directory, 'topics.json');
    await writeFile(file, json);
    const { exitCode, stderr } = await installation.offerlock(`topics apply --file ${file}`);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${file}: ${problem}`);
    expect(installation.applied).toEqual([]);
  });
});

test('schemas register says the id of each subject and whether it is new', async () => {
  const first = await installation.offerlock('schemas register');
  expect(first.exitCode).toBe(0);
  expect(first.stdout).toMatch(/test\.webactions\.events\.v1-value +│ \d+ +│ registered/);
  const second = await installation.offerlock('schemas register');
  expect(second.stdout).toMatch(/test\.webactions\.events\.v1-value +│ \d+ +│ was there/);
  expect(second.stdout).not.toContain('registered');
});

describe('simulate and report', () => {
  const simulation = 'simulate --events 5k --seed 7 --illegal 5% --unreadable 2%';

  test('what was simulated is what is measured', async () => {
    await installation.registerSchemas();
    const file = join(directory, 'expected.json');
    const simulated = await installation.offerlock(`${simulation} --expect ${file}`);
    expect(simulated).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Published 5,000 events'),
    });
    expect(simulated.stdout).toMatch(/metric +│ offered +│ +[\d,]+/);
    const expected = parseExpectedCounts(await readFile(file, 'utf8'));
    expect(expected.records).toBe(5000);

    await installation.project();
    const { exitCode, stdout, stderr } = await installation.offerlock(`report --expect ${file}`);
    expect(stdout).not.toContain('DIFFERS');
    expect(stdout).toMatch(/dead letter +│ UNKNOWN_SCHEMA +│ +(\d+) │ +\1 │ equal/);
    expect(stderr).toMatch(/All \d+ counts are what was expected/);
    expect(exitCode).toBe(0);
  });

  test('a count that differs fails the report', async () => {
    await installation.registerSchemas();
    const file = join(directory, 'expected.json');
    await installation.offerlock(`${simulation} --expect ${file}`);
    await installation.project();
    const expected = parseExpectedCounts(await readFile(file, 'utf8'));
    const { offered = 0, ...others } = expected.metrics;
    await writeFile(
      file,
      JSON.stringify({ ...expected, metrics: { ...others, offered: offered + 1, missed: 3 } }),
    );

    const { exitCode, stdout } = await installation.offerlock(`report --json --expect ${file}`);
    expect(exitCode).toBe(1);
    const { equal, rows } = JSON.parse(stdout) as { equal: boolean; rows: readonly unknown[] };
    expect(equal).toBe(false);
    expect(rows).toContainEqual({
      what: 'metric',
      name: 'offered',
      expected: offered + 1,
      measured: offered,
    });
    expect(rows).toContainEqual({ what: 'metric', name: 'missed', expected: 3, measured: 0 });
  });

  test('metrics and dead letters that are there twice fail the report, even if nothing else is expected', async () => {
    await installation.registerSchemas();
    await installation.offerlock('simulate --events 300 --seed 1 --illegal 10%');
    await installation.project();
    expect((await installation.offerlock('report')).exitCode).toBe(0);

    installation.log.faults.moveCommitted(0, 0n);
    await installation.project();
    const { exitCode, stdout } = await installation.offerlock('report');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/repeated metric id +│ +│ +0 │ +[1-9]\d* │ DIFFERS/);
    expect(stdout).toMatch(/repeated dead letter +│ +│ +0 │ +[1-9]\d* │ DIFFERS/);
  });

  test('a rate is kept by waiting', async () => {
    await installation.registerSchemas();
    const before = installation.clock.now();
    const { exitCode } = await installation.offerlock('simulate --rate 100/s --duration 30s');
    expect(exitCode).toBe(0);
    const tookMs = installation.clock.now() - before;
    expect(tookMs).toBeGreaterThanOrEqual(29_900);
    expect(tookMs).toBeLessThanOrEqual(30_100);
  });

  test('stopping leaves counts that hold for what was published', async () => {
    await installation.registerSchemas();
    const file = join(directory, 'expected.json');
    installation.stop.abort();
    const { exitCode, stderr } = await installation.offerlock(`simulate --expect ${file}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Stopped before the end');
    expect(parseExpectedCounts(await readFile(file, 'utf8')).records).toBe(0);
  });

  test('without schemas it says so in one line, and why with --verbose', async () => {
    const short = await installation.offerlock('simulate --events 10');
    expect(short.exitCode).toBe(1);
    expect(short.stderr).toMatch(/^offerlock: .*test\.webactions\.events\.v1-value.*$/);
    const long = await installation.offerlock('--verbose simulate --events 10');
    expect(long.stderr).toContain('SCHEMA_NOT_REGISTERED');
    expect(long.stderr).toContain('    at ');
  });

  test('a topic that is missing is told with the way to create it', async () => {
    installation.log.faults.removeTopic('metrics');
    const { exitCode, stderr } = await installation.offerlock('report');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('offerlock: topic metrics does not exist: run `offerlock topics apply`');
  });

  test('a log that is down fails the simulation', async () => {
    await installation.registerSchemas();
    installation.log.faults.setAvailable(false);
    const { exitCode, stderr } = await installation.offerlock('simulate --events 10');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('offerlock: the memory log was told to be down');
  });
});

describe('the command line', () => {
  test.each([
    ['simulate --events many', "option '--events <count>' argument 'many' is invalid"],
    ['simulate --illegal 120%', 'Expected a share such as 1% or 0.01'],
    ['simulate --rate fast', 'Expected a whole number from 1'],
    ['simulate --duration 5m', '--duration needs a --rate'],
    ['simulate --duration 5m --rate 5/s --events 3', 'exclude each other'],
    ['simulate --illegal 60% --duplicates 60%', 'the shares add up to'],
    ['inspect', "missing required argument 'customer'"],
    ['inspect a/b/c', "expected a customer's id, or tenant/id"],
    ['report --expect /no/such/file', '/no/such/file: cannot be read'],
    ['unlock everything', "unknown command 'unlock'"],
  ])('"%s" is a usage error', async (commandLine, message) => {
    const { exitCode, stdout, stderr } = await installation.offerlock(commandLine);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  test.each([
    ['--help', ['A first run:', 'OFFERLOCK_KAFKA_BROKERS = 127.0.0.1:9092', 'OFFERLOCK_REDIS_ADDRESSES']],
    ['simulate --help', ['--overtaking <share>', '(default: 1%)', 'OFFERLOCK_REGISTRY_URL']],
    ['inspect --help', ['offerlock inspect default/', 'OFFERLOCK_REDIS_MODE']],
  ])('"%s" explains itself', async (commandLine, parts) => {
    const { exitCode, stdout } = await installation.offerlock(commandLine);
    expect(exitCode).toBe(0);
    for (const part of parts) expect(stdout).toContain(part);
  });
});
