import { afterEach, expect, test } from '@jest/globals';
import { createInstallation, type Installation } from '../support/installation.ts';
import { latestProjected } from '../support/latest-projected.ts';
import { publishSimulated } from '../support/publish-simulated.ts';

let installation: Installation;

afterEach(() => installation.close());

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s in the middle of the work leaves nothing half done',
  async (signal) => {
    installation = await createInstallation({ partitions: 1 });
    await publishSimulated(installation, { seed: 31, events: 10_000 });
    const environment = { OFFERLOCK_BATCH_RECORDS_MAX: '50' };
    const projector = installation.startProjector(environment);
    await installation.until(async () =>
      (await installation.offsets()).some(({ committed }) => committed > 200n),
    );
    projector.kill(signal);
    // Past its deadline the process would end with 1.
    expect(await projector.exited).toEqual({ code: 0, signal: null });

    const [offset] = await installation.offsets();
    expect(offset?.committed).toBeLessThan(offset?.end ?? 0n);
    expect(await latestProjected(installation)).toBeLessThan(offset?.committed ?? 0n);

    installation.startProjector(environment);
    await installation.drained();
    expect((await installation.compare()).differences).toEqual([]);
  },
);
