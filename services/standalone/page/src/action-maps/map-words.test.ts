import { describe, expect, test } from '@jest/globals';
import { conditionOperators, type ActionMap, type ActionMapsFile } from '@offerlock/lifecycle';
import { capSentence, conditionSentences, conditionWords, mapsInForce, standingOf } from './map-words.ts';

const map: ActionMap = {
  id: 'help',
  version: 1,
  displayName: 'Help',
  isActive: true,
  startDate: '2026-05-01T00:00:00Z',
  endDate: '2026-06-01T00:00:00Z',
  weight: 2,
  triggerWithSegments: [],
  triggerWithEventConditions: [],
  pageUrlConditions: [],
  activation: { type: 'immediate' },
  action: {
    mediaType: 'webchat',
    actionTargetId: null,
    isPacingEnabled: true,
    invitation: { title: '', prompt: 'May we help?', acceptText: '', declineText: '' },
  },
  scheduleGroupId: null,
  emergencyScheduleGroupId: null,
  ignoreFrequencyCap: false,
};
const file: ActionMapsFile = {
  actionMaps: [map],
  actionTargets: [
    {
      id: 'sales',
      displayName: 'Sales',
      routeIfAgentsAvailable: true,
      serviceLevelFraction: 0.8,
      serviceLevelMs: 20_000,
      shortAbandonMs: 0,
    },
  ],
  scheduleGroups: [],
  emergencyScheduleGroups: [],
  frequencyCaps: {},
};

test.each([
  ['2026-04-30T23:59:59Z', {}, 'not-begun'],
  ['2026-05-01T00:00:00Z', {}, 'in-force'],
  ['2026-05-01T00:00:00Z', { isActive: false }, 'off'],
  ['2026-06-01T00:00:00Z', {}, 'ended'],
  ['2026-06-01T00:00:00Z', { endDate: null }, 'in-force'],
])('at %s a map with %j is %s', (at, fields, standing) => {
  expect(standingOf({ ...map, ...fields }, Date.parse(at))).toBe(standing);
});

test('the greatest version of each map is shown, the heaviest first', () => {
  const actionMaps = [
    map,
    { ...map, version: 3 },
    { ...map, version: 2 },
    { ...map, id: 'map-10' },
    { ...map, id: 'map-2' },
    { ...map, id: 'heavy', weight: 3 as const },
  ];
  expect(
    mapsInForce({ ...file, actionMaps }).map(({ map: { id, version }, earlier }) => [id, version, earlier]),
  ).toEqual([
    ['heavy', 1, []],
    ['help', 3, [2, 1]],
    ['map-2', 1, []],
    ['map-10', 1, []],
  ]);
});

test('conditions read as a person would say them', () => {
  expect(conditionOperators.map((operator) => conditionWords({ operator, values: ['a', 'b'] }))).toEqual([
    'contains “a” and “b”',
    'contains “a” or “b”',
    'does not contain all of “a” and “b”',
    'contains neither “a” nor “b”',
    'is “a” or “b”',
    'is neither “a” nor “b”',
    'is greater than “a” or “b”',
    'is at least “a” or “b”',
    'is less than “a” or “b”',
    'is at most “a” or “b”',
    'begins with “a” or “b”',
    'ends with “a” or “b”',
  ]);
  expect(conditionWords({ operator: 'notContainsAny', values: ['a'] })).toBe('does not contain “a”');
  expect(conditionWords({ operator: 'notEqual', values: ['a'] })).toBe('is not “a”');
});

describe('what must hold of a map', () => {
  test('is nothing where it names nothing', () => {
    expect(conditionSentences(map, file)).toEqual([]);
  });

  test('is told in the order of the gates, with what its target asks for', () => {
    const asking: ActionMap = {
      ...map,
      pageUrlConditions: [{ operator: 'startsWith', values: ['https://shop.example/'] }],
      triggerWithSegments: ['vip'],
      triggerWithEventConditions: [
        {
          streamType: 'Web',
          sessionType: 'web',
          eventName: 'cart_changed',
          key: 'total',
          operator: 'greaterThan',
          values: ['10'],
        },
      ],
      activation: { type: 'delay', delayInSeconds: 90 },
      action: { ...map.action, actionTargetId: 'sales' },
      scheduleGroupId: 'office',
      emergencyScheduleGroupId: 'fire',
      ignoreFrequencyCap: true,
    };
    expect(conditionSentences(asking, file)).toEqual([
      'The segment “vip” is assigned.',
      'An event “cart_changed” whose total is greater than “10”.',
      'The address of the page begins with “https://shop.example/”.',
      '1 min 30 s have passed since it qualified.',
      'The hours of office are open.',
      'The emergency group fire is not active.',
      'An agent of sales is on queue.',
      'sales keeps its service level.',
      'The frequency cap does not hold it back.',
    ]);
  });
});

test('a cap is told as far as it has an effect', () => {
  const cap = { capOnceFinalized: false, capOnceRejected: false, capForPeriod: null };
  expect([
    capSentence('Web chat', cap),
    capSentence('Web chat', { ...cap, capOnceFinalized: true, capForPeriod: '01:30' }),
    capSentence('Web chat', { capOnceFinalized: true, capOnceRejected: true, capForPeriod: '01:30' }),
  ]).toEqual([
    null,
    'Web chat, within a session: after a conversation nothing more is offered; 1 h 30 min must pass between two offers.',
    'Web chat, within a session: after a conversation nothing more is offered; after a rejection nothing more is offered.',
  ]);
});
