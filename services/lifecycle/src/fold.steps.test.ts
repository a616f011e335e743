import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { webchat } from './lifecycles.ts';
import { eventOf, journeyOf, run } from './test-events.ts';
import type { WebActionEvent } from './event.ts';

const offered = eventOf('offered', 2);
const accepted = eventOf('accepted', 3);
const engaged = eventOf('engaged', 5);

test('an applied event tells the step from its predecessor', () => {
  expect(stepsOf(journeyOf(['qualified', 'offered', 'accepted']))).toEqual([
    'none>qualified',
    'qualified>offered',
    'offered>accepted',
  ]);
});

test('another action begins from none, a further attempt from the one that failed', () => {
  const errored = eventOf('errored', 3);
  expect(stepsOf([offered, errored, eventOf('offered', 4)])).toEqual([
    'none>offered',
    'offered>errored',
    'errored>offered',
  ]);
  expect(stepsOf([offered, eventOf('qualified', 4, { actionId: 'action-2' })])).toEqual([
    'none>offered',
    'none>qualified',
  ]);
});

test('a late step tells the edge from the step before it in the path', () => {
  expect(stepsOf([offered, eventOf('qualified', 1)])).toEqual(['none>offered', 'none>qualified']);
});

test('early events tell their steps when they come to fit, after the step that let them', () => {
  const started = eventOf('started', 4);
  expect(stepsOf([offered, engaged, started])).toEqual(['none>offered']);
  expect(stepsOf([offered, engaged, started, accepted])).toEqual([
    'none>offered',
    'offered>accepted',
    'accepted>started',
    'started>engaged',
  ]);
});

test('what changes nothing tells no step', () => {
  expect(stepsOf([offered, offered, eventOf('completed', 3), engaged, eventOf('clicked', 4)])).toEqual([
    'none>offered',
  ]);
});

test('a step carries the media type whose lifecycle took it', () => {
  const { folded } = run([eventOf('qualified', 1, { actionMediaType: 'architectFlow' })]);
  expect(folded).toMatchObject([{ steps: [{ mediaType: 'architectFlow', from: 'none', to: 'qualified' }] }]);
});

test('whatever arrives, every step taken is an edge of the lifecycle, and every applied event took one', () => {
  const event = fc
    .record({
      state: fc.constantFrom(...webchat.states),
      second: fc.integer({ min: 1, max: 20 }),
      actionId: fc.constantFrom('action-1', 'action-2'),
    })
    .map(({ state, second, actionId }) => eventOf(state, second, { actionId }));

  fc.assert(
    fc.property(fc.array(event, { maxLength: 14 }), (events) => {
      const { folded, settled } = run(events);
      const applied = [...folded, ...settled].filter(({ outcome }) => outcome === 'applied');
      const steps = folded.flatMap((one) => ('steps' in one ? one.steps : []));
      expect(steps).toHaveLength(applied.length);
      // A late step comes to stand before one that was taken from elsewhere, so only its own edge is told.
      for (const { from, to } of steps) {
        const retries = from === webchat.retry?.after && to === webchat.retry.with;
        expect(retries || webchat.allows(from, to)).toBe(true);
      }
    }),
  );
});

function stepsOf(events: readonly WebActionEvent[]): readonly string[] {
  return run(events).folded.flatMap((one) =>
    'steps' in one ? one.steps.map(({ from, to }) => `${from}>${to}`) : [],
  );
}
