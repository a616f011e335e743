import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ownIdentity } from './process-identity.ts';
import { createTestChildren } from './test-child.ts';
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

const start = () => children.start('hold', place.path);

/** A directory that was closed, and whose last holder then was another one, which never let go. */
async function heldBy(holder: object, touchedMsAgo = 0): Promise<string> {
  await (await place.open()).close();
  const file = join(place.path, 'holders', '2.json');
  const since = '2024-01-01T00:00:00.000Z';
  writeFileSync(
    file,
    JSON.stringify({ ...ownIdentity(), label: 'npm start', since, released: false, ...holder }),
  );
  const touched = new Date(Date.now() - touchedMsAgo);
  utimesSync(file, touched, touched);
  return file;
}

test('a second process is told who holds the directory, until that one lets go', async () => {
  const child = start();
  expect(await child.next()).toEqual({ kind: 'opened' });
  const refused = place.open();
  await expect(refused).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE', details: { pid: child.pid } });
  await expect(refused).rejects.toThrow(
    new RegExp(`in use by process ${child.pid} \\(child hold, since 20.*Stop that process first`),
  );
  child.goOn();
  expect(await child.next()).toEqual({ kind: 'closed' });
  await place.open();
});

test('a process cannot open the same directory twice', async () => {
  const directory = await place.open();
  await expect(place.open()).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_IN_USE',
    details: { pid: process.pid },
  });
  await directory.close();
  await (await place.open()).close();
});

test('a holder that was killed is followed at once', async () => {
  const child = start();
  expect(await child.next()).toEqual({ kind: 'opened' });
  await child.kill();
  await place.open();
});

test('of several processes that find a killed holder, exactly one follows', async () => {
  for (let round = 0; round < 4; round += 1) {
    const killed = start();
    expect(await killed.next()).toEqual({ kind: 'opened' });
    await killed.kill();
    const racers = [start(), start(), start()];
    const outcomes = await Promise.all(racers.map((racer) => racer.next()));
    expect(outcomes.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'failed').map(({ code }) => code)).toEqual([
      'DATA_DIRECTORY_IN_USE',
      'DATA_DIRECTORY_IN_USE',
    ]);
    for (const racer of racers) await racer.kill();
  }
  expect(readdirSync(join(place.path, 'holders')).length).toBeLessThanOrEqual(8);
});

test.each([
  ['had the number of a process that runs now', { startTicks: '1' }],
  ['ran before the machine was started', { bootId: 'another' }],
  ['does not run', { pid: 2 ** 30 }],
])('a holder that %s is gone', async (_, holder) => {
  await heldBy(holder);
  await expect(place.open()).resolves.toMatchObject({ path: place.path });
});

test('a holder on another machine is alive while its file is fresh', async () => {
  const file = await heldBy({ host: 'elsewhere', pid: 7 }, 50_000);
  await expect(place.open()).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_IN_USE',
    message: expect.stringMatching(`process 7 on the machine elsewhere .*remove ${file}`),
  });
  const longAgo = new Date(Date.now() - 61_000);
  utimesSync(file, longAgo, longAgo);
  await place.open();
});

test('what is said about a holder can be read by people', async () => {
  const directory = await place.open();
  const holder = JSON.parse(readFileSync(join(place.path, 'holders', '1.json'), 'utf8')) as object;
  expect(holder).toMatchObject({ pid: process.pid, label: 'a test', released: false });
  await directory.close();
  expect(JSON.parse(readFileSync(join(place.path, 'holders', '1.json'), 'utf8'))).toMatchObject({
    released: true,
  });
});

test('a folder that is only called like ours does not make a directory ours', async () => {
  mkdirSync(join(place.path, 'holders'), { recursive: true });
  writeFileSync(join(place.path, 'holders', 'shares.txt'), 'x');
  await expect(place.open()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  rmSync(join(place.path, 'holders', 'shares.txt'));
  await place.open();
});

test('a holder file that a loss of power left empty holds nothing', async () => {
  const file = await heldBy({});
  writeFileSync(file, '');
  await expect(place.open()).resolves.toMatchObject({ path: place.path });
});
