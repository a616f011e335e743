import { describe, expect, test } from '@jest/globals';
import { Steps } from '../shared/counts.ts';
import { lifecycleOf } from '../shared/test-lifecycles.ts';
import { funnelOf } from './funnel.ts';

function steps(counts: Readonly<Record<string, number>>): Steps {
  return new Steps(new Map(Object.entries(counts)));
}

describe('the funnel of web chat', () => {
  const funnel = funnelOf(
    lifecycleOf('webchat'),
    steps({
      'none>qualified': 120,
      'qualified>offered': 95,
      'none>offered': 3,
      'errored>offered': 2,
      'offered>accepted': 20,
      'offered>ignored': 40,
      'offered>rejected': 10,
      'offered>errored': 4,
      'accepted>started': 12,
      'accepted>rejected': 3,
      'started>engaged': 9,
      'started>abandoned': 1,
    }),
  );

  test('has a rate from stage to stage and one of all offers', () => {
    expect(funnel.map(({ state, count }) => [state, count])).toEqual([
      ['offered', 100],
      ['accepted', 20],
      ['started', 12],
      ['engaged', 9],
    ]);
    expect(funnel.map(({ ofPrevious }) => ofPrevious)).toEqual([null, 0.2, 0.6, 0.75]);
    expect(funnel.map(({ ofFirst }) => ofFirst)).toEqual([1, 0.2, 0.12, 0.09]);
  });

  test('names the ways out of each stage, also those without a metric', () => {
    expect(funnel[0]?.waysOut).toEqual([
      { state: 'rejected', count: 10, ofStage: 0.1 },
      { state: 'ignored', count: 40, ofStage: 0.4 },
      { state: 'timedout', count: 0, ofStage: 0 },
      { state: 'errored', count: 4, ofStage: 0.04 },
    ]);
    expect(funnel[2]?.waysOut.map(({ state }) => state)).toEqual(['abandoned', 'errored']);
    expect(funnel[3]?.waysOut).toEqual([]);
  });

  test('accounts for every offer: on, out, or unfinished', () => {
    expect(funnel.map(({ unfinished }) => unfinished)).toEqual([26, 5, 2, 0]);
  });
});

test('without traffic there are no rates instead of wrong ones', () => {
  for (const stage of funnelOf(lifecycleOf('webchat'), new Steps())) {
    expect(stage).toMatchObject({ count: 0, ofPrevious: null, ofFirst: null, unfinished: 0 });
  }
});

test('a lifecycle without some of the stages has a shorter funnel', () => {
  expect(stagesOf('contentOffer')).toEqual(['offered', 'accepted']);
  expect(stagesOf('architectFlow')).toEqual(['qualified', 'accepted']);
  expect(stagesOf('integrationAction')).toEqual(['qualified']);
});

test('a late step, counted from where it fits, never makes a negative rest', () => {
  const funnel = funnelOf(
    lifecycleOf('webchat'),
    steps({ 'none>offered': 1, 'offered>accepted': 1, 'offered>ignored': 1 }),
  );
  expect(funnel[0]?.unfinished).toBe(0);
});

function stagesOf(mediaType: string): readonly string[] {
  return funnelOf(lifecycleOf(mediaType), new Steps()).map(({ state }) => state);
}
