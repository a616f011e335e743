/*
 * Property: a process may die between the save to Redis and the commit to Kafka, and between the commit and the next
 * fetch; its successor goes on from the right offset and publishes every metric once.
 * Provoked by a projector that kills itself at exactly that point of its fifth batch.
 */
import { afterEach, expect, test } from '@jest/globals';
import { createInstallation, type Installation } from '../support/installation.ts';
import { latestProjected } from '../support/latest-projected.ts';
import { dyingProjectorMain } from '../support/projector-process.ts';
import { publishSimulated } from '../support/publish-simulated.ts';

const batchRecords = 100;
const batches = 5;
const environment = {
  OFFERLOCK_BATCH_RECORDS_MAX: String(batchRecords),
  OFFERLOCK_SESSION_TIMEOUT_MS: '1500',
};

let installation: Installation;

afterEach(() => installation.close());

async function dieAt(point: 'after-save' | 'after-commit'): Promise<number> {
  installation = await createInstallation({ partitions: 1 });
  const published = await publishSimulated(installation, { seed: 7, events: 2_000 });
  const victim = installation.startProjector(
    { ...environment, DIE_AT: point, DIE_AFTER_BATCHES: String(batches) },
    { script: dyingProjectorMain, dying: true },
  );
  expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
  return published;
}

async function committed(): Promise<bigint | undefined> {
  return (await installation.offsets())[0]?.committed;
}

async function successorFinishes(published: number, from: number): Promise<void> {
  const successor = installation.startProjector(environment);
  await installation.drained();
  expect((await installation.compare()).differences).toEqual([]);
  const samples = await successor.samples();
  const counted = Object.entries(samples).filter(([name]) => name.startsWith('offerlock_events_total{'));
  // Its counters say how many records it processed: those from the committed offset on, no more and no fewer.
  expect(counted.reduce((sum, [, count]) => sum + count, 0)).toBe(published - from);
}

test('between save and commit: Redis is ahead, the offset is not, and the range is folded again', async () => {
  const published = await dieAt('after-save');
  const offset = await committed();
  expect(offset).toBe(BigInt((batches - 1) * batchRecords));
  expect(await latestProjected(installation)).toBeGreaterThanOrEqual(offset ?? 0n);
  await successorFinishes(published, (batches - 1) * batchRecords);
});

test('between commit and the next fetch: nothing is folded again', async () => {
  const published = await dieAt('after-commit');
  const offset = await committed();
  expect(offset).toBe(BigInt(batches * batchRecords));
  expect(await latestProjected(installation)).toBeLessThan(offset ?? 0n);
  await successorFinishes(published, batches * batchRecords);
});
