import { execFileSync } from 'node:child_process';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ChildTask } from './test-child-program.ts';
import { createTestChildren, type TestChild } from './test-child.ts';
import { createTestPlace, type TestPlace } from './test-place.ts';

let place: TestPlace;
const children = createTestChildren();
beforeEach(() => {
  place = createTestPlace();
});
afterEach(async () => {
  await children.killAll();
  await place.clear();
});

const start = (task: ChildTask['task']) => children.start(task, place.path);

/** Opens the directory and expects whole rounds; answers with how many. */
async function roundsIn(): Promise<number> {
  const directory = await place.open();
  const rounds = Number(directory.table('facts').get('rounds') ?? 0);
  const values = [0, 1].map((partition) =>
    directory
      .topic('events')
      .latest(partition, 1_000_000)
      .map(({ value }) => Number.parseInt(String(value), 10)),
  );
  const wanted = [0, 1].map((partition) =>
    Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
      round % 2 === partition ? [round, round, round, round, round] : [],
    ),
  );
  expect(values).toEqual(wanted);
  const states = directory.compactedTopic('states');
  expect(states.keyCount).toBe(Math.min(rounds, 50));
  for (let round = Math.max(rounds - 50, 0); round < rounds; round += 1) {
    expect(Number.parseInt(String(states.get(`key-${round % 50}`)?.value), 10)).toBe(round);
  }
  await directory.close();
  return rounds;
}

test('a process that is killed loses nothing that was acknowledged, and leaves nothing half done', async () => {
  let before = 0;
  for (let kill = 1; kill <= 6; kill += 1) {
    const child = start('append');
    expect(await child.next()).toEqual({ kind: 'opened' });
    let acknowledged = before;
    while (acknowledged < before + kill * 23) {
      const message = await child.next();
      if (message.kind !== 'acknowledged') throw new Error(JSON.stringify(message));
      acknowledged = message.rounds;
    }
    await child.kill();
    const rounds = await roundsIn();
    expect(rounds).toBeGreaterThanOrEqual(acknowledged);
    before = rounds;
  }
});

/** The process cannot make files larger than so much: to it, that is a full disk. */
function limitFiles(child: TestChild, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);
}

async function nextFailure(child: TestChild) {
  const message = await child.next();
  if (message.kind !== 'failed') throw new Error(JSON.stringify(message));
  return message;
}

test('a full disk refuses writes and keeps what was acknowledged; with space again, writing goes on', async () => {
  const child = start('fill');
  expect(await child.next()).toEqual({ kind: 'opened' });
  let rounds = 0;
  for (const megabytes of [10, 13, 16, 20]) {
    limitFiles(child, megabytes * 1_048_576);
    if (rounds > 0) child.goOn();
    const full = await nextFailure(child);
    expect(full).toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringMatching(/data\.mdb.* MB free .*free space/),
    });
    expect(full.rounds).toBeGreaterThan(rounds);
    child.goOn();
    child.goOn();
    for (const again of [await nextFailure(child), await nextFailure(child)]) {
      expect(again.rounds).toBeGreaterThanOrEqual(full.rounds);
      rounds = again.rounds;
    }
  }
  await child.kill();
  expect(await roundsIn()).toBe(rounds);
});

test('a disk that stays full for long ends nobody', async () => {
  const child = start('fill');
  expect(await child.next()).toEqual({ kind: 'opened' });
  limitFiles(child, 16 * 1_048_576);
  const { rounds } = await nextFailure(child);
  for (let again = 0; again < 60; again += 1) {
    child.goOn();
    expect(await nextFailure(child)).toMatchObject({ code: 'LOG_UNAVAILABLE' });
  }
  await child.kill();
  expect(await roundsIn()).toBeGreaterThanOrEqual(rounds);
});

test('on a full disk, retention makes room for what comes', async () => {
  const child = start('tidy');
  expect(await child.next()).toEqual({ kind: 'opened' });
  limitFiles(child, 16 * 1_048_576);
  let rounds = 0;
  for (let time = 0; time < 4; time += 1) {
    const full = await nextFailure(child);
    expect(full.rounds).toBeGreaterThan(rounds + 50);
    ({ rounds } = full);
    child.goOn();
  }
  await nextFailure(child);
  await child.kill();
  const directory = await place.open();
  const { startOffset, endOffset } = directory.topic('events').bounds(0);
  const values = directory
    .topic('events')
    .read(0, startOffset, { recordsMax: 1_000_000, bytesMax: 1e9 }).records;
  expect(values).toHaveLength(Number(endOffset - startOffset));
  expect(directory.compactedTopic('states').entries(100)).toHaveLength(50);
});

test('a holder that was taken for dead cannot write any more, not even what it was about to', async () => {
  const child = start('fill');
  expect(await child.next()).toEqual({ kind: 'opened' });
  // As if it were on another machine, and had slept for long.
  const file = join(place.path, 'holders', '1.json');
  const holder = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...holder, host: 'elsewhere' }));
  const longAgo = new Date(Date.now() - 100_000);
  utimesSync(file, longAgo, longAgo);

  const directory = await place.open();
  const end = directory.topic('events').bounds(0).endOffset;
  const failure = await nextFailure(child);
  expect(failure).toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
  expect(failure.message).toContain('another process has taken the data directory over');
  expect(Number(directory.table('facts').get('rounds'))).toBe(failure.rounds);
  expect(directory.topic('events').bounds(0).endOffset).toBe(end);
  child.goOn();
  expect(await nextFailure(child)).toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
  await directory.close();
  await child.kill();
  expect(await roundsIn()).toBe(failure.rounds);
});
