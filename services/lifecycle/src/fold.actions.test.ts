/* oxlint-disable jest/expect-expect -- `then` expects */
import { expect, test } from '@jest/globals';
import { lifecyclesWith } from './lifecycles.ts';
import { closedActionsMax } from './offer-state.ts';
import { day, eventOf, journeyOf, run } from './test-events.ts';
import { scenario } from './test-scenario.ts';

const { given, givenWith } = scenario(expect);

const qualified = eventOf('qualified', 1);
const offered = eventOf('offered', 2);
const accepted = eventOf('accepted', 3);
const started = eventOf('started', 4);
const engaged = eventOf('engaged', 5);
const chat = [qualified, offered, accepted, started, engaged];

const other = { actionId: 'action-2' };
const later = { ...other, sessionId: 'session-2' };

test('another action of the same map may have another media type', () => {
  given(offered)
    .when(eventOf('offered', 3, { ...other, actionMediaType: 'contentOffer' }))
    .then({ outcome: 'applied', actionId: 'action-2', visited: ['offered'] });
});

test('a step of a closed action is repeated', () => {
  given(qualified, offered, eventOf('offered', 9, other))
    .when(qualified)
    .then({ outcome: 'repeated' });
});

test('each terminal state locks the map with its time', () => {
  const paths = [
    ['offered', 'rejected'],
    ['offered', 'ignored'],
    ['offered', 'timedout'],
    ['offered', 'accepted', 'rejected'],
    ['offered', 'accepted', 'started', 'abandoned'],
    ['offered', 'accepted', 'started', 'engaged'],
  ];
  for (const path of paths) {
    const { state } = run(journeyOf(path));
    expect(state?.locked).toEqual({ state: path.at(-1), at: day + path.length * 1000 });
    given(...journeyOf(path))
      .when(eventOf('offered', 99, later))
      .then({ outcome: 'refused', reason: 'TERMINAL_LOCKED' });
  }
});

test('a locked map refuses whatever does not belong to its path', () => {
  given(...chat)
    .when(eventOf('abandoned', 9))
    .then({ outcome: 'refused', reason: 'TERMINAL_LOCKED' });
  for (const state of ['qualified', 'offered', 'accepted']) {
    given(...chat)
      .when(eventOf(state, 9, later))
      .then({ outcome: 'refused', reason: 'TERMINAL_LOCKED', locked: 'engaged' });
  }
});

test('with the session scope, a new action starts over in another session than the lock', () => {
  const lifecycles = lifecyclesWith({ webchat: { scope: 'session' } });
  const locked = givenWith({ lifecycles }, ...chat);
  locked
    .when(eventOf('offered', 9, later))
    .then({ outcome: 'applied', locked: null, attempt: 1, timesOffered: 2, metrics: ['offered'] });
  locked.when(eventOf('offered', 9, other)).then({ outcome: 'refused', reason: 'TERMINAL_LOCKED' });
  locked.when(eventOf('accepted', 9, later)).then({ outcome: 'refused', reason: 'TERMINAL_LOCKED' });
  locked.when(eventOf('offered', 4, later)).then({ outcome: 'refused', reason: 'TERMINAL_LOCKED' });
});

test('with the scope of a time, a new action starts over once it has passed', () => {
  const lifecycles = lifecyclesWith({ webchat: { scope: 'after', afterMs: 10_000 } });
  const locked = givenWith({ lifecycles }, ...chat);
  locked.when(eventOf('offered', 14.999, other)).then({ outcome: 'refused', reason: 'TERMINAL_LOCKED' });
  locked.when(eventOf('offered', 15, other)).then({ outcome: 'applied', locked: null, visited: ['offered'] });
});

test('a closed action does not start over, whatever the scope allows', () => {
  const lifecycles = lifecyclesWith({ webchat: { scope: 'session' } });
  const rejected = journeyOf(['offered', 'rejected'], later, 9);
  givenWith({ lifecycles }, qualified, ...rejected)
    .when(eventOf('offered', 20))
    .then({ outcome: 'refused', reason: 'TERMINAL_LOCKED', locked: 'rejected' });
});

test('an initial state of another action supersedes the open one', () => {
  given(offered, accepted)
    .when(eventOf('qualified', 9, other))
    .then({ outcome: 'applied', actionId: 'action-2', visited: ['qualified'], metrics: ['qualified'] });
  given(offered, accepted, eventOf('qualified', 9, other))
    .when(started)
    .then({ outcome: 'refused', reason: 'STALE_ACTION', actionId: 'action-2' });
});

test('an action that began before the present one does not take over', () => {
  given(eventOf('offered', 9, other), eventOf('accepted', 10, other))
    .when(qualified)
    .then({ outcome: 'refused', reason: 'STALE_ACTION', actionId: 'action-2', status: 'accepted' });
});

test('the latest closed actions are known by what they visited, older ones by their time', () => {
  const actions = Array.from({ length: closedActionsMax + 2 }, (_, n) =>
    eventOf('offered', 10 + n, { actionId: `action-${n}` }),
  );
  const { state } = run(actions);
  expect(state?.closed).toEqual(
    ['action-1', 'action-2', 'action-3', 'action-4'].map((actionId) => ({ actionId, visited: ['offered'] })),
  );
  expect(state?.timesOffered).toBe(closedActionsMax + 2);
  given(...actions)
    .when(eventOf('offered', 11, { actionId: 'action-1' }))
    .then({ outcome: 'repeated' });
  given(...actions)
    .when(eventOf('offered', 10, { actionId: 'action-0' }))
    .then({ outcome: 'refused', reason: 'STALE_ACTION' });
});
