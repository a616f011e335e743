import { describe, expect, test } from '@jest/globals';
import { defineLifecycle, type LifecycleData } from './lifecycle.ts';
import { lifecyclesWith, webchat } from './lifecycles.ts';

function define(fields: Partial<LifecycleData>) {
  return () => defineLifecycle({ ...webchat, ...fields });
}

describe('data that contradicts itself is a mistake', () => {
  test.each<[string, Partial<LifecycleData>, string]>([
    ['no beginning', { initial: [] }, 'has no initial state'],
    ['a step from nowhere', { initial: ['offered'] }, 'qualified is never reached'],
    [
      'a circle',
      { transitions: { ...webchat.transitions, errored: ['offered'] } },
      'offered can follow itself within an attempt',
    ],
    ['an end that is never reached', { terminal: ['completed'] }, 'terminal completed is never reached'],
    ['an end that goes on', { terminal: ['accepted'] }, 'terminal accepted has a next state'],
    [
      'a step that is informational',
      { informational: ['accepted'] },
      'accepted is a step, so it cannot be informational or untracked',
    ],
    [
      'a step that is not tracked',
      { untracked: ['engaged'] },
      'engaged is a step, so it cannot be informational or untracked',
    ],
    ['a metric that is never reached', { metrics: ['completed'] }, 'metric completed is never reached'],
    [
      'a further attempt after what is never reached',
      { retry: { after: 'completed', with: 'offered' } },
      'retry after completed, which is never reached',
    ],
    [
      'a further attempt after the end',
      { retry: { after: 'rejected', with: 'offered' } },
      'retry after rejected, which is terminal',
    ],
    [
      'a further attempt from the middle',
      { retry: { after: 'errored', with: 'accepted' } },
      'retry with accepted, which is not initial',
    ],
  ])('%s', (_title, fields, problem) => {
    expect(define(fields)).toThrow(`lifecycle webchat: ${problem}`);
  });
});

test('states follow from the data', () => {
  expect(webchat.states).toEqual([
    'qualified',
    'offered',
    'accepted',
    'rejected',
    'ignored',
    'timedout',
    'errored',
    'started',
    'engaged',
    'abandoned',
  ]);
});

test('what follows at once and what follows after more steps are told apart', () => {
  expect(webchat.allows('none', 'offered')).toBe(true);
  expect(webchat.allows('offered', 'started')).toBe(false);
  expect(webchat.leadsTo('offered', 'started')).toBe(true);
  expect(webchat.leadsTo('started', 'offered')).toBe(false);
  // Both: rejected may follow offered at once, or close the form after accepted.
  expect(webchat.allows('offered', 'rejected')).toBe(true);
  expect(webchat.leadsTo('offered', 'rejected')).toBe(true);
  expect(webchat.allows('engaged', 'completed')).toBe(false);
});

test('an operator may choose the re-offer scope of a media type, and of that one only', () => {
  const chosen = lifecyclesWith({ webchat: { scope: 'after', afterMs: 1000 } });
  expect(chosen.get('webchat')?.reoffer).toEqual({ scope: 'after', afterMs: 1000 });
  expect(chosen.get('contentOffer')?.reoffer).toEqual({ scope: 'never' });
  expect([...chosen.keys()]).toEqual([
    'webchat',
    'contentOffer',
    'webMessagingOffer',
    'architectFlow',
    'integrationAction',
    'openAction',
  ]);
});
