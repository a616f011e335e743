/*
 * Property: projectors may die at any moment; metrics, dead letters and projection are those of one fold.
 * Provoked by SIGKILL at random moments, again and again, to one of two instances that drain the same topic.
 */
import { afterEach, expect, test } from '@jest/globals';
import { createInstallation, type Installation } from '../support/installation.ts';
import { publishSimulated } from '../support/publish-simulated.ts';

const kills = 20;
const events = 100_000;
// Small batches, so that a kill meets a transaction under way, and short sessions, so that survivors take over soon.
const environment = { OFFERLOCK_BATCH_RECORDS_MAX: '40', OFFERLOCK_SESSION_TIMEOUT_MS: '1500' };

let installation: Installation;

afterEach(() => installation.close());

test('20 kills while 100,000 events are drained by two instances change nothing', async () => {
  installation = await createInstallation();
  let published = await publishSimulated(installation, { seed: 1, events });
  const isBehind = async () => (await installation.offsets()).some(({ committed, end }) => committed < end);
  const start = () => installation.startProjector(environment);
  const instances = [start(), start()];

  for (let kill = 0; kill < kills; kill += 1) {
    const victim = instances.shift();
    if (victim === undefined) throw new Error('there are always two instances');
    // It must have begun to work: a kill before the first claim proves nothing.
    await installation.until(() => victim.logLines.some(({ msg }) => msg === 'claimed the partition'));
    const delayMs = Math.random() * 700;
    const dueAt = Date.now() + delayMs;
    await installation.until(() => Date.now() >= dueAt);
    if (!(await isBehind()))
      published += await publishSimulated(installation, { seed: 100 + kill, events: 5_000 });
    victim.kill('SIGKILL');
    expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
    instances.push(start());
  }
  await installation.drained(180_000);

  const { truth, differences } = await installation.compare();
  expect(differences).toEqual([]);
  expect(Object.values(truth.outcomes).reduce((sum, count) => sum + count, 0)).toBe(published);
  expect(published).toBeGreaterThanOrEqual(events);
}, 600_000);
