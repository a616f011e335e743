/*
 * Property: an owner that was paused beyond its session, and wakes up in the middle of a batch, changes nothing.
 * Provoked by SIGSTOP until the other instance has taken everything over and gone on, then SIGCONT.
 */
import { afterEach, expect, test } from '@jest/globals';
import { createInstallation, type Installation } from '../support/installation.ts';
import { publishSimulated } from '../support/publish-simulated.ts';

const environment = { OFFERLOCK_BATCH_RECORDS_MAX: '50', OFFERLOCK_SESSION_TIMEOUT_MS: '1500' };

let installation: Installation;

afterEach(() => installation.close());

test('a projector that wakes up long after it lost its partitions changes nothing', async () => {
  installation = await createInstallation();
  await publishSimulated(installation, { seed: 21, events: 20_000 });
  const sleeper = installation.startProjector(environment);
  await installation.until(() => sleeper.logLines.some(({ msg }) => msg === 'claimed the partition'));
  await installation.until(async () =>
    (await installation.offsets()).some(({ committed }) => committed > 500n),
  );
  sleeper.kill('SIGSTOP');

  const other = installation.startProjector(environment);
  await installation.drained();
  await publishSimulated(installation, { seed: 22, events: 5_000 });
  await installation.drained();
  expect((await installation.compare()).differences).toEqual([]);

  sleeper.kill('SIGCONT');
  // Whatever it says first, it has noticed that time has passed.
  const linesBefore = sleeper.logLines.length;
  await installation.until(() => sleeper.logLines.length > linesBefore);
  await publishSimulated(installation, { seed: 23, events: 5_000 });
  await installation.drained();
  expect((await installation.compare()).differences).toEqual([]);
  expect(other.logLines.some(({ msg }) => msg === 'claimed the partition')).toBe(true);
}, 240_000);
