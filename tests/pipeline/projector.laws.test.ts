import { expect, test } from '@jest/globals';
import { createHandClock } from '@offerlock/event-log/memory';
import { publishTraffic } from '@offerlock/operator';
import { simulateTraffic } from '@offerlock/traffic';
import fc from 'fast-check';
import { createPipeline } from '../support/pipeline.ts';

const atOnce = {
  ratePerSecond: null,
  clock: createHandClock(),
  stop: new AbortController().signal,
  onProgress: () => undefined,
};

const faults = fc.array(
  fc.record({
    fault: fc.constantFrom(
      'commit-before',
      'commit-after',
      'claim',
      'fence-0',
      'fence-1',
      'load',
      'save-before',
      'save-between',
      'save-after',
      'save-late',
      'run-late-saves',
      'join',
      'leave',
    ),
    /** How many looks to let pass before the next fault. */
    looks: fc.integer({ min: 0, max: 6 }),
  }),
  { maxLength: 25 },
);

test('whatever fails and whoever joins or leaves, everything is as one fold would have it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1 }),
      faults,
      fc.integer({ min: 1, max: 40 }),
      async (seed, plan, batchRecordsMax) => {
        const pipeline = await createPipeline({ partitions: 2 });
        const { log, projection } = pipeline;
        const traffic = simulateTraffic({
          seed,
          events: 150,
          startAtMs: Date.UTC(2026, 4, 1),
          customers: 12,
        });
        await publishTraffic({ traffic, sink: log.sink(), encoder: pipeline.encoders.event, ...atOnce });
        const instances = [pipeline.start({ batchRecordsMax })];
        for (const { fault, looks } of plan) {
          if (fault === 'commit-before') log.faults.failCommit('before');
          else if (fault === 'commit-after') log.faults.failCommit('after');
          else if (fault === 'claim') log.faults.failClaim();
          else if (fault === 'fence-0') log.faults.fence(0);
          else if (fault === 'fence-1') log.faults.fence(1);
          else if (fault === 'load') projection.faults.failLoad();
          else if (fault === 'run-late-saves') projection.faults.runLateSaves();
          else if (fault === 'join') instances.push(pipeline.start({ batchRecordsMax }));
          else if (fault === 'leave') await (instances.length > 1 ? instances.shift() : undefined)?.stop();
          else
            projection.faults.failSave(
              fault.slice('save-'.length) as 'before' | 'between' | 'after' | 'late',
            );
          let left = looks;
          await pipeline.until(() => left-- <= 0);
        }
        await pipeline.drained();
        projection.faults.runLateSaves();
        await pipeline.close();
        expect(await pipeline.differences()).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});
