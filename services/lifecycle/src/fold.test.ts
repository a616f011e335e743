/* oxlint-disable jest/expect-expect -- `then` expects */
import { expect, test } from '@jest/globals';
import { day, eventOf, metricNameOf, run } from './test-events.ts';
import { scenario } from './test-scenario.ts';

const { given, givenWith } = scenario(expect);

const qualified = eventOf('qualified', 1);
const offered = eventOf('offered', 2);
const accepted = eventOf('accepted', 3);
const started = eventOf('started', 4);
const engaged = eventOf('engaged', 5);
const errored = eventOf('errored', 6, { errorCode: '00045', errorMessage: 'widget is gone' });
const chat = [qualified, offered, accepted, started, engaged];

test('a media type without a lifecycle is refused', () => {
  given(offered)
    .when(eventOf('accepted', 3, { actionMediaType: 'telegram' }))
    .then({ outcome: 'refused', reason: 'UNKNOWN_MEDIA_TYPE', status: 'offered' });
});

test('a state that the lifecycle does not know is refused, although another lifecycle knows it', () => {
  given(offered).when(eventOf('missed', 3)).then({ outcome: 'refused', reason: 'UNKNOWN_STATE' });
  given()
    .when(eventOf('timedout', 3, { actionMediaType: 'contentOffer' }))
    .then({ outcome: 'refused', reason: 'UNKNOWN_STATE' });
});

test('another media type than the action began with is refused, for steps and for what is no step', () => {
  for (const state of ['accepted', 'offered', 'frequencyCapReached']) {
    given(offered)
      .when(eventOf(state, 3, { actionMediaType: 'contentOffer' }))
      .then({ outcome: 'refused', reason: 'MEDIA_TYPE_MISMATCH' });
  }
});

test('the end of a chat is not tracked, whatever the state is', () => {
  for (const before of [[], [offered], chat]) {
    given(...before)
      .when(eventOf('completed', 9))
      .then({ outcome: 'untracked', metrics: [] });
    givenWith({ extendedMetrics: true }, ...before)
      .when(eventOf('completed', 9))
      .then({ outcome: 'untracked', metrics: [] });
  }
});

test('an informational state is counted with extended metrics only, and never becomes the status', () => {
  const capped = eventOf('frequencyCapReached', 9);
  given(offered).when(capped).then({ outcome: 'untracked', status: 'offered', metrics: [] });
  givenWith({ extendedMetrics: true }, offered)
    .when(capped)
    .then({ outcome: 'untracked', status: 'offered', metrics: ['frequencyCapReached'] });
});

test('a step that this attempt has taken is repeated, also where the copy has another time', () => {
  given(...chat)
    .when(accepted)
    .then({ outcome: 'repeated', status: 'engaged' });
  given(...chat)
    .when(eventOf('accepted', 50))
    .then({ outcome: 'repeated' });
});

test('offered after errored opens the next attempt, and each attempt counts its own steps', () => {
  given(offered, errored)
    .when(eventOf('offered', 7))
    .then({
      outcome: 'applied',
      attempt: 2,
      visited: ['offered'],
      timesOffered: 2,
      metrics: ['offered'],
    });
  const names = run([offered, errored, eventOf('offered', 7), eventOf('accepted', 8)]).metrics.map(
    metricNameOf,
  );
  expect(names).toEqual([
    'action-1 attempt 1 offered',
    'action-1 attempt 2 offered',
    'action-1 attempt 2 accepted',
  ]);
});

test('offered that is not later than the error opens nothing', () => {
  given(offered, errored).when(offered).then({ outcome: 'repeated', attempt: 1 });
  given(offered, errored).when(eventOf('offered', 6)).then({ outcome: 'repeated', attempt: 1 });
});

test('a copy of the first offered opens nothing where the clock of the error is behind', () => {
  given(eventOf('offered', 5), eventOf('errored', 3))
    .when(eventOf('offered', 5))
    .then({ outcome: 'repeated', attempt: 1 });
});

test('copies of an earlier attempt are repeated, and what it had not taken is stale', () => {
  const twice = [offered, accepted, errored, eventOf('offered', 7)];
  for (const copy of [offered, accepted, errored]) {
    given(...twice)
      .when(copy)
      .then({ outcome: 'repeated', attempt: 2, visited: ['offered'] });
  }
  given(...twice)
    .when(started)
    .then({ outcome: 'refused', reason: 'STALE_ACTION' });
  given(...twice)
    .when(eventOf('accepted', 8))
    .then({ outcome: 'applied', status: 'accepted', attempt: 2 });
});

test('errored keeps what the browser said went wrong', () => {
  const { state, metrics } = run([offered, errored]);
  expect(state?.visited.at(-1)).toEqual({
    state: 'errored',
    at: day + 6000,
    error: { code: '00045', message: 'widget is gone' },
  });
  expect(state?.locked).toBeNull();
  expect(metrics.map((metric) => metric.metric)).toEqual(['offered']);
});

test('errored, ignored and timed out count with extended metrics only', () => {
  for (const state of ['errored', 'ignored', 'timedout']) {
    given(offered).when(eventOf(state, 3)).then({ outcome: 'applied', status: state, metrics: [] });
    givenWith({ extendedMetrics: true }, offered)
      .when(eventOf(state, 3))
      .then({ outcome: 'applied', metrics: [state] });
  }
});

test('a metric says what came before it, since when, and whether it ends the action', () => {
  const facts = run(chat).metrics.map((metric) => [
    metric.metric,
    metric.previousState,
    metric.millisInPreviousState,
    metric.millisSinceOffered,
    metric.terminal,
  ]);
  expect(facts).toEqual([
    ['qualified', null, null, null, false],
    ['offered', 'qualified', 1000, 0, false],
    ['accepted', 'offered', 1000, 1000, false],
    ['started', 'accepted', 1000, 2000, false],
    ['engaged', 'started', 1000, 3000, true],
  ]);
});

test('a late step is put into its place and counted; status and lock stay', () => {
  given(offered, accepted)
    .when(qualified)
    .then({
      outcome: 'applied',
      status: 'accepted',
      visited: ['qualified', 'offered', 'accepted'],
      metrics: ['qualified'],
    });
  given(offered, eventOf('rejected', 5))
    .when(accepted)
    .then({
      outcome: 'applied',
      status: 'rejected',
      locked: 'rejected',
      visited: ['offered', 'accepted', 'rejected'],
      metrics: ['accepted'],
    });
  const [metric] = run([offered, qualified]).metrics.slice(1);
  expect(metric).toMatchObject({
    previousState: null,
    millisInPreviousState: null,
    millisSinceOffered: null,
  });
});

test('a step that occurred after the one it should precede is refused', () => {
  given(offered).when(eventOf('qualified', 3)).then({ outcome: 'refused', reason: 'ILLEGAL_TRANSITION' });
  given(offered, eventOf('rejected', 4))
    .when(eventOf('accepted', 5))
    .then({ outcome: 'refused', reason: 'TERMINAL_LOCKED' });
});

test('a step that cannot come to fit is refused and changes nothing', () => {
  given(offered, errored)
    .when(eventOf('accepted', 7))
    .then({ outcome: 'refused', reason: 'ILLEGAL_TRANSITION', status: 'errored' });
});
