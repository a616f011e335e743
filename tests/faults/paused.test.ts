/*
 * Property: an owner that was paused beyond its session, and wakes up in the middle of a batch, changes nothing.
 * Provoked by a SIGSTOP between its save to Redis and its commit to Kafka; SIGCONT comes once the other instance has
 * taken everything over and gone on.
 */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { createInstallation, type Installation } from '../support/installation.ts';
import { dyingProjectorMain } from '../support/projector-process.ts';
import { publishSimulated } from '../support/publish-simulated.ts';

const environment = { OFFERLOCK_BATCH_RECORDS_MAX: '50', OFFERLOCK_SESSION_TIMEOUT_MS: '1500' };

let installation: Installation;

afterEach(() => installation.close());

test('a projector that wakes up long after it lost its partitions changes nothing', async () => {
  installation = await createInstallation();
  await publishSimulated(installation, { seed: 21, events: 20_000 });
  const sleeper = installation.startProjector(
    { ...environment, DIE_AT: 'after-save', DIE_OF: 'SIGSTOP', DIE_AFTER_BATCHES: '20' },
    { script: dyingProjectorMain },
  );
  await installation.until(() => isStopped(sleeper.pid));

  installation.startProjector(environment);
  await installation.drained();
  await publishSimulated(installation, { seed: 22, events: 5_000 });
  await installation.drained();
  expect((await installation.compare()).differences).toEqual([]);

  sleeper.kill('SIGCONT');
  // The commit that it was about to make is refused: it learns that its claims are over.
  await installation.until(() =>
    sleeper.logLines.some(({ cause }) => cause === 'fenced' || cause === 'failed'),
  );
  await publishSimulated(installation, { seed: 23, events: 5_000 });
  await installation.drained();
  expect((await installation.compare()).differences).toEqual([]);
}, 240_000);

function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('T') ?? false;
}
