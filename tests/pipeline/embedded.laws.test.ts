import { expect, test } from '@jest/globals';
import { createHandClock } from '@offerlock/event-log/memory';
import { publishTraffic } from '@offerlock/operator';
import { simulateTraffic } from '@offerlock/traffic';
import fc from 'fast-check';
import {
  createEmbeddedInstallation,
  type EmbeddedInstallation,
  type EmbeddedPipeline,
} from '../support/embedded-pipeline.ts';

const atOnce = {
  ratePerSecond: null,
  clock: createHandClock(),
  stop: new AbortController().signal,
  onProgress: () => undefined,
};

const events = 150;

const faultNames = [
  'write-before',
  'write-after',
  'load',
  'save-before',
  'save-after',
  'pause',
  'take-over',
  'wake',
  'fence-0',
  'fence-1',
  'join',
  'leave',
  'restart',
  'kill',
] as const;

const plans = fc.array(
  fc.record({
    fault: fc.constantFrom(...faultNames),
    /** How many looks to let pass before the next fault. */
    looks: fc.integer({ min: 0, max: 6 }),
  }),
  { maxLength: 25 },
);

const settings = fc.record({
  batchRecordsMax: fc.integer({ min: 1, max: 40 }),
  cachedOffersMax: fc.integer({ min: 1, max: 40 }),
  tailBytesMax: fc.integer({ min: 1, max: 100_000 }),
});

test('whatever fails and however the process ends, everything is as one fold would have it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1 }),
      plans,
      settings,
      async (seed, plan, { batchRecordsMax, ...options }) => {
        const installation = await createEmbeddedInstallation({ partitions: 2, ...options });
        const traffic = simulateTraffic({ seed, events, startAtMs: Date.UTC(2026, 4, 1), customers: 12 });
        const { sink, encoders } = installation.pipeline;
        try {
          await publishTraffic({ traffic, sink, encoder: encoders.event, ...atOnce });
          await follow(plan, installation, batchRecordsMax);
          const { pipeline } = installation;
          pipeline.faults.wake();
          await pipeline.drained();
          expect(await findings(pipeline)).toEqual(truth);
          await installation.restart();
          expect(await findings(installation.pipeline)).toEqual(truth);
        } finally {
          await installation.close();
        }
      },
    ),
    { numRuns: 40 },
  );
});

const truth = { differences: [], recordsCounted: events };

async function findings(pipeline: EmbeddedPipeline) {
  return { differences: await pipeline.differences(), recordsCounted: pipeline.recordsCounted() };
}

async function follow(
  plan: readonly { readonly fault: (typeof faultNames)[number]; readonly looks: number }[],
  installation: EmbeddedInstallation,
  batchRecordsMax: number,
): Promise<void> {
  const start = () => installation.pipeline.start({ batchRecordsMax });
  const pass = async (looks: number) => {
    let left = looks;
    await installation.pipeline.until(() => left-- <= 0);
  };
  let instances = [start()];
  for (const { fault, looks } of plan) {
    const { faults } = installation.pipeline;
    switch (fault) {
      case 'write-before':
        faults.failWrite('before');
        break;
      case 'write-after':
        faults.failWrite('after');
        break;
      case 'load':
        faults.failLoad();
        break;
      case 'save-before':
        faults.failSave('before');
        break;
      case 'save-after':
        faults.failSave('after');
        break;
      case 'pause':
        faults.pauseSave();
        break;
      case 'take-over':
        // A new member gets all partitions, while the owner of one of them is paused in the middle of a batch.
        faults.pauseSave();
        await pass(2);
        for (const instance of instances) void instance.stop();
        instances = [start()];
        await pass(4);
        break;
      case 'wake':
        faults.wake();
        break;
      case 'fence-0':
        await faults.fence(0);
        break;
      case 'fence-1':
        await faults.fence(1);
        break;
      case 'join':
        instances.push(start());
        break;
      case 'leave':
        // Whoever is paused leaves later; nobody waits for him.
        if (instances.length > 1) void instances.shift()?.stop();
        break;
      case 'restart':
      case 'kill':
        await installation[fault]();
        instances = [start()];
        break;
      default:
        throw new Error(`no such fault: ${String(fault satisfies never)}`);
    }
    await pass(looks);
  }
}
