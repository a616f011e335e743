/* oxlint-disable jest/expect-expect -- `then` expects */
import { expect, test } from '@jest/globals';
import { expireEarly } from './fold.ts';
import { defineLifecycle } from './lifecycle.ts';
import { webchat } from './lifecycles.ts';
import { earlyEventsMax } from './offer-state.ts';
import { eventOf, run } from './test-events.ts';
import { scenario } from './test-scenario.ts';

const { given, givenWith } = scenario(expect);

const offered = eventOf('offered', 2);
const accepted = eventOf('accepted', 3);
const started = eventOf('started', 4);
const engaged = eventOf('engaged', 5);
const errored = eventOf('errored', 6);

const other = { actionId: 'action-2' };

test('a copy of an event that waits is repeated', () => {
  given(offered, started)
    .when(started)
    .then({ outcome: 'repeated', early: ['started'] });
});

test('a step whose predecessor is missing waits, and settles when it comes, each with its own metric', () => {
  given(offered, engaged)
    .when(started)
    .then({ outcome: 'early', status: 'offered', early: ['engaged', 'started'] });
  given(offered, engaged, started)
    .when(accepted)
    .then({
      outcome: 'applied',
      status: 'engaged',
      locked: 'engaged',
      early: [],
      metrics: ['accepted', 'started', 'engaged'],
      settled: ['started applied', 'engaged applied'],
    });
});

test('a step waits for its neighbours where two steps are missing before an error', () => {
  given(offered, errored)
    .when(started)
    .then({ outcome: 'early', status: 'errored', early: ['started'] });
  given(offered, errored, started)
    .when(accepted)
    .then({
      outcome: 'applied',
      status: 'errored',
      visited: ['offered', 'accepted', 'started', 'errored'],
      settled: ['started applied'],
    });
});

test('an event that comes before anything is known waits', () => {
  given().when(accepted).then({ outcome: 'early', status: 'none', attempt: 0, visited: [] });
  given(accepted).when(offered).then({ outcome: 'applied', status: 'accepted', attempt: 1, timesOffered: 1 });
});

test('with a grace of 0 an early event is refused at once', () => {
  givenWith({ earlyGraceMs: 0 }, offered).when(started).then({ outcome: 'refused', reason: 'EARLY_EXPIRED' });
  givenWith({ earlyGraceMs: 0 }).when(started).then({ outcome: 'refused', reason: 'EARLY_EXPIRED' });
});

test('only so many events wait; one more is refused', () => {
  const waiting = Array.from({ length: earlyEventsMax }, (_, n) =>
    eventOf('accepted', 10, { actionId: `action-${n}` }),
  );
  given(...waiting)
    .when(eventOf('accepted', 10, { actionId: 'one-more' }))
    .then({ outcome: 'refused', reason: 'EARLY_OVERFLOW' });
});

test('an expired event is handed back once, with its record', () => {
  const { state } = run([offered, started]);
  const expired = expireEarly(state, { offset: 1n });
  expect(expired).toMatchObject({ outcome: 'expired', source: { event: started, offset: 1n } });
  const left = expired.outcome === 'expired' ? expired.state : null;
  expect(left).toEqual(run([offered]).state);
  expect(expireEarly(left, { offset: 1n })).toEqual({ outcome: 'settled' });
  expect(expireEarly(null, { offset: 1n })).toEqual({ outcome: 'settled' });
  expect(expireEarly(run([started]).state, { offset: 0n })).toMatchObject({
    outcome: 'expired',
    state: { status: 'none', early: [] },
  });
});

test('early events of another action wait while the present one goes on, and settle when it begins', () => {
  const overtaking = eventOf('accepted', 10, other);
  given(offered, overtaking)
    .when(accepted)
    .then({ outcome: 'applied', status: 'accepted', early: ['accepted'] });
  given(offered, overtaking, accepted)
    .when(eventOf('offered', 9, other))
    .then({
      outcome: 'applied',
      actionId: 'action-2',
      visited: ['offered', 'accepted'],
      early: [],
      settled: ['accepted applied'],
    });
});

test('when the map locks, what can no longer fit stops waiting', () => {
  given(offered, engaged, eventOf('accepted', 10, other))
    .when(eventOf('rejected', 6))
    .then({
      outcome: 'applied',
      locked: 'rejected',
      early: [],
      settled: ['engaged TERMINAL_LOCKED', 'accepted TERMINAL_LOCKED'],
    });
});

test('when another action takes over, what waited for the one before is stale', () => {
  given(offered, started)
    .when(eventOf('offered', 9, other))
    .then({ outcome: 'applied', early: [], settled: ['started STALE_ACTION'] });
});

test('when an attempt errs, what waited for its next step is refused', () => {
  given(offered, eventOf('engaged', 9))
    .when(errored)
    .then({ outcome: 'applied', status: 'errored', settled: ['engaged ILLEGAL_TRANSITION'] });
});

test('what waited settles in the order it occurred, so that each metric knows the step before it', () => {
  const rejected = eventOf('rejected', 4);
  given(rejected, accepted)
    .when(offered)
    .then({ outcome: 'applied', locked: 'rejected', settled: ['accepted applied', 'rejected applied'] });
  const { metrics } = run([rejected, accepted, offered]);
  expect(metrics.map((metric) => [metric.metric, metric.previousState])).toEqual([
    ['offered', null],
    ['accepted', 'offered'],
    ['rejected', 'accepted'],
  ]);
});

test('a waiting event of another media type does not hide the right one', () => {
  const strange = eventOf('accepted', 3, { actionMediaType: 'contentOffer' });
  given(strange)
    .when(accepted)
    .then({ outcome: 'early', early: ['accepted', 'accepted'] });
  given(strange, accepted)
    .when(offered)
    .then({
      outcome: 'applied',
      status: 'accepted',
      early: [],
      settled: ['accepted MEDIA_TYPE_MISMATCH', 'accepted applied'],
    });
});

test('a step waits also where what is missing comes between it and a later step', () => {
  // In no lifecycle of ours, but data may say so: accepted leads to errored only by way of started.
  const roundabout = defineLifecycle({
    ...webchat,
    transitions: { ...webchat.transitions, accepted: ['started', 'rejected'] },
  });
  const lifecycles = new Map([[roundabout.mediaType, roundabout]]);
  givenWith({ lifecycles }, offered, errored)
    .when(accepted)
    .then({ outcome: 'early', status: 'errored', early: ['accepted'] });
});
