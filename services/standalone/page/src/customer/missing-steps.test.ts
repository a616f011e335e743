import { expect, test } from '@jest/globals';
import { lifecycleOf } from '../shared/test-lifecycles.ts';
import { missingSteps } from './missing-steps.ts';

const webchat = lifecycleOf('webchat');

test.each<[string, string, readonly string[] | null]>([
  ['offered', 'started', ['accepted']],
  ['offered', 'engaged', ['accepted', 'started']],
  ['none', 'accepted', ['offered']],
  ['offered', 'accepted', []],
  ['none', 'offered', []],
  ['engaged', 'started', null],
  ['offered', 'no such state', null],
])('after %s, %s waits for %j', (from, waiting, missing) => {
  expect(missingSteps(webchat, from, waiting)).toEqual(missing);
});
