import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OfferlockError, type WebActionEvent } from '@offerlock/lifecycle';
import { day, eventOf } from '@offerlock/lifecycle/testing';
import { createTestPartition, foldAll, metricLine } from './test-partition.ts';

const events = fc.array(
  fc.record({
    customerId: fc.constantFrom('ann', 'bob'),
    actionMapId: fc.constantFrom('map-1', 'map-2'),
    actionId: fc.constantFrom('action-1', 'action-2', 'action-3'),
    sessionId: fc.constantFrom('session-1', 'session-2'),
    actionState: fc.constantFrom(
      'qualified',
      'offered',
      'accepted',
      'rejected',
      'errored',
      'started',
      'engaged',
      'abandoned',
      'ignored',
      'completed',
      'frequencyCapReached',
      'nonsense',
    ),
    occurredAt: fc.integer({ min: day, max: day + 20 }),
  }),
  { minLength: 1, maxLength: 40 },
);

type Fate = 'commit' | 'lose' | 'before' | 'between' | 'after' | 'late' | 'load';

/** What happens to one attempt at a batch, and whether saves that seemed lost are executed before it. */
const attempts = fc.array(
  fc.record({
    size: fc.integer({ min: 1, max: 12 }),
    fate: fc.constantFrom<Fate>('commit', 'lose', 'before', 'between', 'after', 'late', 'load'),
    lateSavesFirst: fc.boolean(),
  }),
  { maxLength: 30 },
);

const toEvents = (list: readonly Partial<WebActionEvent>[]) =>
  list.map((fields) => eventOf(fields.actionState ?? '', fields));

// A batch that changes nothing does not save, so a fault that was meant for it may meet a later one.
async function unlessToldToFail(attempt: Promise<unknown>): Promise<void> {
  await attempt.catch((error: unknown) => {
    if (!(error instanceof OfferlockError) || error.code !== 'PROJECTION_UNAVAILABLE') throw error;
  });
}

test('whatever attempts fail, and wherever, metrics and states are those of a single fold', async () => {
  await fc.assert(
    fc.asyncProperty(events, attempts, fc.boolean(), async (list, plan, extendedMetrics) => {
      const partition = await createTestPartition({ extendedMetrics });
      const all = toEvents(list);
      for (const event of all) partition.append(event);
      const { faults } = partition.projection;

      for (const { size, fate, lateSavesFirst } of plan) {
        if (partition.committedOffset === partition.length) break;
        if (lateSavesFirst) faults.runLateSaves();
        if (fate === 'commit') {
          await unlessToldToFail(partition.commit(size));
          continue;
        }
        if (fate === 'load') faults.failLoad();
        else if (fate !== 'lose') faults.failSave(fate);
        await unlessToldToFail(partition.attempt(size));
      }
      while (partition.committedOffset < partition.length) {
        await unlessToldToFail(partition.commit(7));
      }
      faults.runLateSaves();

      const truth = foldAll(all, { extendedMetrics });
      expect((await partition.metricsOf(partition.committed)).map(metricLine)).toEqual(truth.metrics);
      expect(partition.states()).toEqual(truth.states);
    }),
    { numRuns: 400 },
  );
});

test('any split into batches gives the same metrics and states', async () => {
  await fc.assert(
    fc.asyncProperty(
      events,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      async (list, sizes) => {
        const partition = await createTestPartition();
        const all = toEvents(list);
        for (const event of all) partition.append(event);
        for (let turn = 0; partition.committedOffset < partition.length; turn += 1) {
          await partition.commit(sizes[turn % sizes.length]);
        }
        const truth = foldAll(all);
        expect((await partition.metricsOf(partition.committed)).map(metricLine)).toEqual(truth.metrics);
        expect(partition.states()).toEqual(truth.states);
      },
    ),
  );
});

test('every readable event has exactly one outcome, and the counts add up', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (list) => {
      const partition = await createTestPartition();
      for (const event of toEvents(list)) partition.append(event);
      const { tally } = await partition.commit();
      expect([...tally.outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(list.length);
    }),
  );
});
