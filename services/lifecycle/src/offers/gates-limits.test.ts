import { describe, expect, test } from '@jest/globals';
import type { ActionMap, ActionMapsFile, FrequencyCap } from './action-map.ts';
import type { OfferRequest, TargetLoad } from './offer-request.ts';
import {
  actionOf,
  after,
  fileOf,
  loadOf,
  mapOf,
  minute,
  requestOf,
  second,
  statesOf,
  targetOf,
  told,
} from './test-offers.ts';

type Row = readonly [title: string, map: Partial<ActionMap>, request: Partial<OfferRequest>, told: string];

/** One map, one request, one answer. */
function rows(file: Partial<ActionMapsFile>, table: readonly Row[]): void {
  test.each(table)('%s', (_title, map, request, expected) => {
    expect(told(fileOf([mapOf('help', map)], file), requestOf(request))).toEqual([`help ${expected}`]);
  });
}

const hours = (from: string, to: string) => ({
  scheduleGroups: [
    {
      id: 'office',
      displayName: 'Office',
      timeZone: 'Europe/Berlin',
      open: [{ days: ['friday'] as const, from, to }],
      closed: [],
    },
  ],
});
const switched = (isActive: boolean) => ({
  emergencyScheduleGroups: [{ id: 'fire', displayName: 'Fire', isActive }],
});
const capped = (cap: Partial<FrequencyCap>) => ({
  frequencyCaps: {
    webchat: { capOnceFinalized: false, capOnceRejected: false, capForPeriod: null, ...cap },
  },
});
const other = (...steps: Parameters<typeof after>) => ({ states: statesOf({ other: after(...steps) }) });
const paced = (isPacingEnabled: boolean) => ({
  action: actionOf({ actionTargetId: 'sales', isPacingEnabled }),
});
const load = (fields: Partial<TargetLoad>) => ({ targets: new Map([['sales', loadOf(fields)]]) });
const chats = (engaged: number, overServiceLevel: number, abandoned: number) =>
  load({ chats: { engaged, overServiceLevel, abandoned } });

describe('schedule', () => {
  const office = { scheduleGroupId: 'office' };
  const fire = { emergencyScheduleGroupId: 'fire' };
  rows(hours('14:00', '15:00'), [['open since this minute', office, {}, 'offered']]);
  rows(hours('13:00', '14:00'), [
    ['closed since this minute', office, {}, 'schedule OfferedOutsideSchedule'],
    ['closed, but not for this map', {}, {}, 'offered'],
  ]);
  rows(switched(true), [['an emergency', fire, {}, 'schedule EmergencyClosure']]);
  rows(switched(false), [['no emergency', fire, {}, 'offered']]);
});

describe('frequencyCap', () => {
  const engaged = ['offered', 'accepted', 'started', 'engaged'];
  const rejected = ['offered', 'rejected'];
  const stop = 'frequencyCap FrequencyCapping by other';
  rows(capped({ capOnceFinalized: true }), [
    ['after a conversation', {}, other(engaged, minute), stop],
    ['after a rejection', {}, other(rejected, minute), 'offered'],
    [
      'after a conversation in another session',
      {},
      other(engaged, minute, { sessionId: 'session-0' }),
      'offered',
    ],
    ['after a conversation in an idle session', {}, other(engaged, 30 * minute), 'offered'],
    ['after a conversation, overridden', { ignoreFrequencyCap: true }, other(engaged, minute), 'offered'],
    [
      'after a conversation in another media type',
      { action: actionOf({ mediaType: 'contentOffer' }) },
      other(engaged, minute),
      'offered',
    ],
  ]);
  rows(capped({ capOnceRejected: true }), [
    ['after a rejection', {}, other(rejected, minute), stop],
    ['after a rejected form', {}, other(['offered', 'accepted', 'rejected'], minute), stop],
    ['after a conversation', {}, other(engaged, minute), 'offered'],
  ]);
  rows(capped({ capForPeriod: '00:10' }), [
    ['within the wait', {}, other(['offered', 'ignored'], 10 * minute - second - 1), stop],
    ['after the wait', {}, other(['offered', 'ignored'], 10 * minute - second), 'offered'],
  ]);
  rows(capped({ capForPeriod: '00:10', capOnceFinalized: true, capOnceRejected: true }), [
    ['the wait has no effect beside both switches', {}, other(['offered', 'ignored'], minute), 'offered'],
  ]);
  rows(
    {
      frequencyCaps: { contentOffer: { capOnceFinalized: true, capOnceRejected: false, capForPeriod: null } },
    },
    [
      [
        'the click on a content offer finalizes it',
        { action: actionOf({ mediaType: 'contentOffer' }) },
        other(['offered', 'accepted'], minute, { actionMediaType: 'contentOffer' }),
        stop,
      ],
    ],
  );
});

describe('priority', () => {
  const content = actionOf({ mediaType: 'contentOffer' });
  test.each<[string, readonly ActionMap[], readonly string[]]>([
    [
      'the greatest weight goes first',
      [mapOf('high', { weight: 3 }), mapOf('low', { weight: 1 }), mapOf('middle')],
      [
        'high offered',
        'low priority MultipleSimultaneousOffers by high',
        'middle priority MultipleSimultaneousOffers by high',
      ],
    ],
    [
      'media types do not compete',
      [mapOf('chat', { weight: 1 }), mapOf('content', { weight: 3, action: content })],
      ['chat offered', 'content offered'],
    ],
    [
      'what an earlier gate stopped does not compete',
      [mapOf('high', { weight: 3, isActive: false }), mapOf('low', { weight: 1 })],
      ['high active Inactive', 'low offered'],
    ],
  ])('%s', (_title, maps, expected) => {
    expect(told(fileOf(maps), requestOf())).toEqual(expected);
  });

  test('equal weights go by share, so each of two maps wins some customers', () => {
    const file = fileOf([mapOf('map-1'), mapOf('map-2')]);
    // See share.test.ts for their numbers.
    expect(told(file, requestOf({ customerId: 'ann' }))[0]).toBe('map-1 offered');
    const winners = ['ann', 'bob', 'cy', 'di', 'eve', 'flo'].map(
      (customerId) => told(file, requestOf({ customerId })).find((line) => line.endsWith('offered')) ?? '',
    );
    expect(new Set(winners)).toEqual(new Set(['map-1 offered', 'map-2 offered']));
  });

  test('what a later gate stops does compete, so nothing of its media type is offered', () => {
    const high = mapOf('high', { weight: 3, action: actionOf({ actionTargetId: 'sales' }) });
    const file = fileOf([high, mapOf('low')], {
      actionTargets: [targetOf('sales', { routeIfAgentsAvailable: true })],
    });
    expect(told(file, requestOf())).toEqual([
      'high agents NoAvailableAgents',
      'low priority MultipleSimultaneousOffers by high',
    ]);
  });
});

describe('agents', () => {
  const sales = { action: actionOf({ actionTargetId: 'sales', isPacingEnabled: false }) };
  rows({ actionTargets: [targetOf('sales', { routeIfAgentsAvailable: true })] }, [
    ['an agent', sales, load({ agentsOnQueue: 1 }), 'offered'],
    ['no agent', sales, load({ agentsOnQueue: 0 }), 'agents NoAvailableAgents'],
    ['nobody tells of agents', sales, load({ agentsOnQueue: null }), 'agents NoAvailableAgents'],
    ['nobody tells of the target', sales, {}, 'agents NoAvailableAgents'],
    ['a map without a target', {}, {}, 'offered'],
  ]);
  rows({ actionTargets: [targetOf('sales')] }, [
    ['no agent is asked for', sales, load({ agentsOnQueue: 0 }), 'offered'],
  ]);
});

describe('pacing', () => {
  const stop = 'pacing ServiceLevelThrottling';
  rows({ actionTargets: [targetOf('sales')] }, [
    ['on the floor', paced(true), chats(9, 1, 1), 'offered'],
    ['below the floor', paced(true), chats(9, 2, 1), stop],
    ['only abandoned chats', paced(true), chats(0, 0, 1), stop],
    ['no chats to judge by', paced(true), chats(0, 0, 0), 'offered'],
    ['a service level nobody knows', paced(true), load({ chats: null }), stop],
    ['a target nobody knows', paced(true), {}, stop],
    ['without pacing', paced(false), chats(0, 0, 9), 'offered'],
  ]);
});
