import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { actionStates, type ActionState, type WebActionEvent } from './event.ts';
import { expireEarly, fold, type FoldOptions } from './fold.ts';
import { defineLifecycle, type Lifecycle, type ReofferScope } from './lifecycle.ts';
import { lifecyclesWith } from './lifecycles.ts';
import { closedActionsMax, earlyEventsMax, type OfferState } from './offer-state.ts';
import { eventOf, foldDefaults, metricNameOf, run } from './test-events.ts';

// A failing law prints its seed and path; `fc.assert(..., { seed, path })` runs that case again.

const lifecycles = [...lifecyclesWith().values()];
const extended: FoldOptions = { ...foldDefaults, extendedMetrics: true };

/** Extended metrics, so that every step shows, and the same re-offer scope for every media type. */
function withScope(reoffer: ReofferScope): FoldOptions {
  return {
    ...extended,
    lifecycles: new Map(
      lifecycles.map((lifecycle) => [lifecycle.mediaType, defineLifecycle({ ...lifecycle, reoffer })]),
    ),
  };
}

const never = withScope({ scope: 'never' });

/** Every legal path of one attempt. */
function pathsOf(
  lifecycle: Lifecycle,
  path: readonly ActionState[] = [],
): readonly (readonly ActionState[])[] {
  const longer = lifecycle.states
    .filter((state) => lifecycle.allows(path.at(-1) ?? 'none', state))
    .flatMap((state) => pathsOf(lifecycle, [...path, state]));
  return path.length === 0 ? longer : [path, ...longer];
}

/** A legal path of one attempt, at times that do not decrease. */
function journeyIn(lifecycle: Lifecycle): fc.Arbitrary<readonly WebActionEvent[]> {
  return fc
    .tuple(fc.constantFrom(...pathsOf(lifecycle)), fc.array(fc.nat(3), { minLength: 9, maxLength: 9 }))
    .map(([path, pauses]) => {
      let second = 0;
      return path.map((state, index) => {
        second += pauses[index] ?? 0;
        return eventOf(state, second, { actionMediaType: lifecycle.mediaType });
      });
    });
}

/** All of it in any order, some of it twice. */
function inAnyOrder<T>(events: readonly T[]): fc.Arbitrary<T[]> {
  return fc
    .subarray([...events])
    .chain((copies) =>
      fc.shuffledSubarray([...events, ...copies], { minLength: events.length + copies.length }),
    );
}

/** The same order, with copies of some events at some place behind the original. */
function withCopies(events: readonly WebActionEvent[]): fc.Arbitrary<WebActionEvent[]> {
  return fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }).map((copies) => {
    const arrivals = events.slice();
    for (const [which, where] of copies) {
      const index = which % arrivals.length;
      const copy = arrivals[index];
      if (copy !== undefined) arrivals.splice(index + 1 + (where % (arrivals.length - index)), 0, copy);
    }
    return arrivals;
  });
}

describe.each(lifecycles.map((lifecycle) => [lifecycle.mediaType, lifecycle] as const))(
  'a journey in %s',
  (_mediaType, lifecycle) => {
    test('any order of arrival gives the same state and the same metrics', () => {
      const arrivals = journeyIn(lifecycle).chain((journey) =>
        fc.record({ journey: fc.constant(journey), arrival: inAnyOrder(journey) }),
      );
      fc.assert(
        fc.property(arrivals, ({ journey, arrival }) => {
          const inOrder = run(journey, extended);
          const asArrived = run(arrival, extended);
          expect(asArrived.state).toEqual(inOrder.state);
          expect(asArrived.state?.visited.length).toBe(journey.length);
          expect(asArrived.metrics.map(metricNameOf).sort()).toEqual(
            inOrder.metrics.map(metricNameOf).sort(),
          );
        }),
        { numRuns: 300 },
      );
    });
  },
);

/** Any states at any times of up to eight actions, each state of an action by one event, copies aside. */
const actionsApart = fc
  .tuple(
    fc.array(fc.constantFrom(...lifecycles), { minLength: 8, maxLength: 8 }),
    fc.uniqueArray(
      fc.record({ state: fc.constantFrom(...actionStates), second: fc.nat(12), action: fc.nat(7) }),
      { maxLength: 40, selector: ({ state, action }) => `${action} ${state}` },
    ),
  )
  .map(([kinds, moments]) =>
    moments.map(({ state, second, action }) =>
      // No two actions overlap in time, and each has a session of its own.
      eventOf(state, 100 * action + second, {
        actionId: `action-${action}`,
        sessionId: `session-${action}`,
        actionMediaType: kinds[action]?.mediaType ?? 'webchat',
      }),
    ),
  )
  .chain(withCopies);

/** One action after another attempt, each begun when the one before it has failed; copies of anything later on. */
const attempts = fc
  .array(
    fc.constantFrom(['errored'], ['accepted', 'errored'], ['accepted', 'started', 'errored'], ['rejected']),
    {
      minLength: 1,
      maxLength: 7,
    },
  )
  .chain((ends) =>
    fc.tuple(
      ...ends.map((end, index) =>
        fc
          .shuffledSubarray(
            end.map((state, step) => eventOf(state, 10 * index + step + 1)),
            { minLength: end.length },
          )
          .map((rest) => [eventOf('offered', 10 * index)].concat(rest)),
      ),
    ),
  )
  .map((parts) => parts.flat())
  .chain(withCopies);

/** Moves to the front, for each action, the first of its events that a new action may begin with. */
function beginningFirst(events: readonly WebActionEvent[]): readonly WebActionEvent[] {
  const begins = new Map<string, WebActionEvent>();
  for (const event of events) {
    const lifecycle = extended.lifecycles.get(event.actionMediaType);
    const initial = lifecycle?.initial.some((state) => state === event.actionState) === true;
    if (initial && !begins.has(event.actionId)) begins.set(event.actionId, event);
  }
  const begun = new Set<string>();
  return events.flatMap((event) => {
    const begin = begins.get(event.actionId);
    if (begin === undefined) return [];
    if (begun.has(event.actionId)) return [event];
    begun.add(event.actionId);
    return event === begin ? [event] : [begin, event];
  });
}

describe('folding a topic twice in a row changes nothing', () => {
  const laws = [
    ['under never, where actions do not overlap in time, in any order of arrival', actionsApart, never],
    ['for the attempts of one action, where each begins after the error before it', attempts, never],
    [
      'under session, where also each action arrives with its beginning first',
      actionsApart.map(beginningFirst),
      withScope({ scope: 'session' }),
    ],
    [
      'under after, where also each action arrives with its beginning first',
      actionsApart.map(beginningFirst),
      withScope({ scope: 'after', afterMs: 150_000 }),
    ],
  ] as const;

  test.each(laws)('%s', (_title, topics, options) => {
    fc.assert(
      fc.property(topics, (events) => {
        const once = run(events, options);
        const refusals = [...once.folded, ...once.settled];
        // What was refused for lack of room may find some the second time.
        fc.pre(!refusals.some((one) => one.outcome === 'refused' && one.reason === 'EARLY_OVERFLOW'));
        const twice = run(events, options, once.state);
        expect(twice.state).toEqual(once.state);
        // Informational states leave no trace, so their metrics come again, under the ids they had.
        const before = new Set(once.metrics.map(metricNameOf));
        expect(twice.metrics.map(metricNameOf).filter((name) => !before.has(name))).toEqual([]);
        expect(twice.folded.filter((one) => one.outcome === 'applied')).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Anything at all, over few ids and times: overlapping actions, copies with other times, mixed media types. */
const anything = fc.array(
  fc
    .record({
      state: fc.constantFrom(...actionStates, 'missed'),
      second: fc.nat(12),
      action: fc.nat(6),
      session: fc.nat(1),
      mediaType: fc.oneof(
        { weight: 6, arbitrary: fc.constant('webchat') },
        fc.constantFrom(...lifecycles.map((lifecycle) => lifecycle.mediaType), 'telegram'),
      ),
    })
    .map(({ state, second, action, session, mediaType }) =>
      eventOf(state, second, {
        actionId: `action-${action}`,
        sessionId: `session-${session}`,
        actionMediaType: mediaType,
      }),
    ),
  { maxLength: 40 },
);

function statesOf(events: readonly WebActionEvent[], options: FoldOptions): readonly OfferState[] {
  return run(events, options).folded.flatMap((folded) => ('state' in folded ? [folded.state] : []));
}

describe('whatever arrives', () => {
  const options = fc.constantFrom(foldDefaults, extended, never, { ...never, earlyGraceMs: 0 });

  test('the fold never throws, the path is legal, and what is kept is bounded', () => {
    fc.assert(
      fc.property(anything, options, (events, inForce) => {
        for (const state of statesOf(events, inForce)) {
          const lifecycle = inForce.lifecycles.get(state.mediaType);
          const path = ['none' as const, ...state.visited.map((step) => step.state)];
          const steps = state.visited.map((step, index) =>
            lifecycle?.allows(path[index] ?? 'none', step.state),
          );
          expect(steps.every((legal) => legal === true)).toBe(true);
          expect(state.status).toBe(path.at(-1));
          expect(state.locked !== null).toBe(
            state.status !== 'none' && lifecycle?.isTerminal(state.status) === true,
          );
          expect(state.closed.length).toBeLessThanOrEqual(closedActionsMax);
          expect(state.early.length).toBeLessThanOrEqual(earlyEventsMax);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a lock under never does not move', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const locks = statesOf(events, never).map((state) => JSON.stringify(state.locked));
        // Unlocked for a while, then one lock to the end.
        const changes = locks.filter((lock, index) => lock !== (locks[index - 1] ?? 'null'));
        expect(changes.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });

  test('a copy right behind its event changes nothing', () => {
    fc.assert(
      fc.property(anything, options, (events, inForce) => {
        let state: OfferState | null = null;
        for (const event of events) {
          const folded = fold(inForce, state, { event, offset: 1n });
          if ('state' in folded) state = folded.state;
          expect(fold(inForce, state, { event, offset: 2n })).not.toHaveProperty('state');
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('every event that waits can expire, and only once', () => {
    fc.assert(
      fc.property(anything, (events) => {
        let { state } = run(events, extended);
        for (const { event, offset } of state?.early ?? []) {
          const expired = expireEarly(state, { offset: BigInt(offset) });
          expect(expired).toMatchObject({ outcome: 'expired', source: { event } });
          if (expired.outcome === 'expired') ({ state } = expired);
          expect(expireEarly(state, { offset: BigInt(offset) })).toEqual({ outcome: 'settled' });
        }
        expect(state?.early ?? []).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
