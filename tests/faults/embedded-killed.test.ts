/*
 * Property: an installation in one process may die at any moment; every event it has acknowledged is in its log, and
 * metrics, dead letters, states and counters are those of one fold of that log.
 * Provoked by SIGKILL at random moments while producers send events over HTTP; by SIGTERM under the same load; and by
 * SIGKILL while limits are so small that compaction and retention are always at work.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { topicNames } from '@offerlock/schemas';
import type { Overview } from '@offerlock/standalone';
import { differences as differencesOf, foldedAccount, foundAccount } from '../support/account.ts';
import { countedBy, countsOf, missingEvents, sumOf } from '../support/embedded-accounts.ts';
import { openEmbeddedInstallation } from '../support/embedded-installation.ts';
import { startHttpProducers, type HttpProducers } from '../support/http-producers.ts';
import { printedRandom, type Random } from '../support/random.ts';
import { repository, startServingProcess } from '../support/serving-process.ts';
import { startStandaloneProcess, type StandaloneProcess } from '../support/standalone-process.ts';
import { until } from '../support/until.ts';

let directory: string;
let running: StandaloneProcess;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'offerlock-killed-'));
});
afterEach(async () => {
  running.kill('SIGKILL');
  await running.exited;
  await rm(directory, { recursive: true });
});

function start(): void {
  running = startStandaloneProcess({ directory });
}

/** Lets it work, ends it at a moment drawn by lot, and starts its successor. */
async function endAndRestart(
  random: Random,
  producers: HttpProducers,
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<void> {
  await running.ready();
  const enough = producers.acknowledged.size + random.below(300);
  await until('it has taken some events', () => producers.acknowledged.size >= enough, { everyMs: 1 });
  const dueAt = performance.now() + random.below(30);
  await until('the moment has come', () => performance.now() >= dueAt, { everyMs: 1 });
  running.kill(signal);
  expect(await running.exited).toEqual(
    signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null },
  );
  start();
}

async function drainAndStop(producers: HttpProducers): Promise<Overview> {
  await running.ready();
  await producers.stop();
  const overview = await running.drained();
  running.kill('SIGTERM');
  expect(await running.exited).toEqual({ code: 0, signal: null });
  return overview;
}

/** Compares what the directory holds, and what the page told of it, with a fold of its events. */
async function expectEveryAccountToAgree(producers: HttpProducers, overview: Overview): Promise<void> {
  const installation = await openEmbeddedInstallation(directory);
  try {
    expect(await missingEvents(installation, producers.acknowledged)).toEqual([]);
    const { truth, differences } = await installation.compare();
    expect(differences).toEqual([]);
    expect(countedBy(overview)).toEqual(countsOf(truth));
    expect(overview.offers).toBe(truth.states.length);
    const inLog = overview.partitions.reduce((sum, { end }) => sum + Number(end), 0);
    expect(sumOf(countedBy(overview).outcomes)).toBe(inLog);
    expect(inLog).toBeGreaterThanOrEqual(producers.acknowledged.size);
  } finally {
    await installation.close();
  }
}

test('50 kills under load lose nothing that was acknowledged, and count nothing twice', async () => {
  const random = printedRandom('50 kills under load');
  start();
  const producers = startHttpProducers({ seed: random.seed, url: () => running.url });
  const kills = 50;
  for (let kill = 0; kill < kills; kill += 1) await endAndRestart(random, producers, 'SIGKILL');
  const overview = await drainAndStop(producers);

  await expectEveryAccountToAgree(producers, overview);
  // The kills met work: requests were cut off, and events came in all the time.
  expect(producers.interrupted).toBeGreaterThan(kills);
  expect(producers.acknowledged.size).toBeGreaterThan(50 * kills);
  expect(producers.refusals).toEqual([]);
}, 300_000);

test('SIGTERM under load ends it in order, and whoever got an answer finds the event in the log', async () => {
  const random = printedRandom('SIGTERM under load');
  start();
  const producers = startHttpProducers({ seed: random.seed, url: () => running.url });
  const stops = 5;
  for (let stop = 0; stop < stops; stop += 1) await endAndRestart(random, producers, 'SIGTERM');
  const overview = await drainAndStop(producers);

  await expectEveryAccountToAgree(producers, overview);
  expect(producers.acknowledged.size).toBeGreaterThan(50 * stops);
}, 120_000);

test('20 kills in the middle of compaction and retention cost nothing', async () => {
  const random = printedRandom('20 kills during compaction');
  const kills = 20;
  let appended = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const busy = startServingProcess({
      script: `${repository}tests/dist/support/busy-embedded.js`,
      arguments: [directory, String(random.seed + kill)],
    });
    const told = (what: 'appended' | 'committed') => Number(busy.logLines.at(-1)?.[what] ?? 0);
    // What is committed makes the work of compaction and retention; appended events alone may only wait.
    const enough = 500 + random.below(1_500);
    try {
      await until('it has committed enough', () => told('committed') >= enough, { everyMs: 1 });
    } finally {
      busy.kill('SIGKILL');
    }
    expect(await busy.exited).toEqual({ code: null, signal: 'SIGKILL' });
    appended += told('appended');
  }
  start();
  await running.ready();
  const overview = await running.drained();
  running.kill('SIGTERM');
  expect(await running.exited).toEqual({ code: 0, signal: null });

  const installation = await openEmbeddedInstallation(directory);
  try {
    const { reader, registry, projection } = installation;
    const truth = await foldedAccount(reader, registry);
    const found = await foundAccount(reader, registry, projection, truth.customers);
    expect(
      differencesOf({ ...truth, metrics: [], deadLetters: [] }, { ...found, metrics: [], deadLetters: [] }),
    ).toEqual([]);
    expect(installation.offerCount()).toBe(truth.states.length);
    expect(sumOf(truth.outcomes)).toBeGreaterThanOrEqual(appended);
    expect(sumOf(truth.outcomes)).toBe(overview.partitions.reduce((sum, { end }) => sum + Number(end), 0));
    // Compaction and retention were at work, and what retention left is the end of what the fold gives.
    const { directory: data } = installation;
    const changelog = data.topic(topicNames.offerStates);
    const changesLeft = await reader.read('offerStates', () => undefined);
    let changes = 0;
    for (let partition = 0; partition < data.partitions; partition += 1) {
      changes += Number(changelog.bounds(partition).endOffset);
    }
    expect(changesLeft.records).toBeLessThan(changes);
    for (let partition = 0; partition < data.partitions; partition += 1) {
      const { startOffset, endOffset } = data.topic(topicNames.metrics).bounds(partition);
      expect(startOffset).toBeGreaterThan(0n);
      const published = truth.metrics.filter((line) => placeOf(line).partition === partition);
      expect(published).toHaveLength(Number(endOffset));
      const left = found.metrics.filter((line) => placeOf(line).partition === partition);
      expect(left).toHaveLength(Number(endOffset - startOffset));
      const newest = published
        .sort((one, other) => placeOf(other).offset - placeOf(one).offset)
        .slice(0, left.length);
      expect(left.sort()).toEqual(newest.sort());
    }
  } finally {
    await installation.close();
  }
}, 300_000);

/** Where the event of a metric's line lies. */
function placeOf(line: string): { readonly partition: number; readonly offset: number } {
  const [offset, partition] = line.split(' ').reverse().map(Number);
  return { partition: partition ?? Number.NaN, offset: offset ?? Number.NaN };
}
