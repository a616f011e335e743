import { describe, expect, test } from '@jest/globals';
import { lifecyclesWith } from '../lifecycles.ts';
import type { ActionMap, ActionMapsFile, Activation, FrequencyCap } from './action-map.ts';
import { decideOffer } from './decide-offer.ts';
import type { OfferRequest } from './offer-request.ts';
import { offerRulesOf } from './offer-rules.ts';
import {
  actionOf,
  after,
  fileOf,
  loadOf,
  mapOf,
  minute,
  noon,
  requestOf,
  reservationOf,
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

describe('ready', () => {
  rows({}, [
    ['a complete projection lets pass', {}, {}, 'offered'],
    ['an incomplete one stops everything', {}, { ready: false }, 'ready Unavailable'],
    ['even what is switched off', { isActive: false }, { ready: false }, 'ready Unavailable'],
  ]);
});

describe('active', () => {
  const iso = (at: number): string => new Date(at).toISOString();
  rows({}, [
    ['switched off', { isActive: false }, {}, 'active Inactive'],
    ['begins this very moment', { startDate: iso(noon) }, {}, 'offered'],
    ['begins in a millisecond', { startDate: iso(noon + 1) }, {}, 'active OutsideDates'],
    ['ends in a millisecond', { endDate: iso(noon + 1) }, {}, 'offered'],
    ['ends this very moment', { endDate: iso(noon) }, {}, 'active OutsideDates'],
    ['begins by another offset', { startDate: '2026-05-01T14:00:00+02:00' }, {}, 'offered'],
  ]);
});

describe('lifecycle', () => {
  const help = (state: ReturnType<typeof after>) => ({ states: statesOf({ help: state }) });
  const terminal = [
    ['offered', 'accepted', 'started', 'engaged'],
    ['offered', 'rejected'],
    ['offered', 'accepted', 'rejected'],
    ['offered', 'timedout'],
    ['offered', 'ignored'],
    ['offered', 'accepted', 'started', 'abandoned'],
  ];
  rows(
    {},
    terminal.map((steps) => [
      `over: ${steps.join(', ')}`,
      {},
      help(after(steps, minute)),
      'lifecycle TerminalState',
    ]),
  );
  rows({}, [
    ['offered', {}, help(after(['offered'], minute)), 'lifecycle AlreadyExistingOffer'],
    ['accepted', {}, help(after(['offered', 'accepted'], minute)), 'lifecycle AlreadyExistingOffer'],
    [
      'started',
      {},
      help(after(['offered', 'accepted', 'started'], minute)),
      'lifecycle AlreadyExistingOffer',
    ],
    ['open in an idle session', {}, help(after(['offered'], 30 * minute)), 'offered'],
    [
      'open until it is idle',
      {},
      help(after(['offered'], 30 * minute - 1)),
      'lifecycle AlreadyExistingOffer',
    ],
    [
      'open, and the visitor was seen since',
      {},
      {
        ...help(after(['offered'], 40 * minute)),
        session: { id: 'session-1', lastActiveAt: noon - 20 * minute },
      },
      'lifecycle AlreadyExistingOffer',
    ],
    [
      'open in another session that may go on',
      {},
      help(after(['offered'], minute, { sessionId: 'session-0' })),
      'lifecycle AlreadyExistingOffer',
    ],
    [
      'open in another session that is over',
      {},
      help(after(['offered'], 30 * minute, { sessionId: 'session-0' })),
      'offered',
    ],
    ['failed', {}, help(after(['offered', 'errored'], minute)), 'offered'],
    ['failed this very moment', {}, help(after(['offered', 'errored'], 0)), 'lifecycle Pending'],
    ['qualified', {}, help(after(['qualified'], minute)), 'offered'],
    ['a step that waits', {}, help(after(['accepted'], minute)), 'lifecycle Pending'],
    ['promised', {}, { reservations: [reservationOf('help')] }, 'lifecycle Reserved'],
    ['promised, lease over', {}, { reservations: [reservationOf('help', { until: noon })] }, 'offered'],
    [
      'promised, and open since: the projection tells',
      {},
      {
        ...help(after(['offered'], 0, { actionId: 'promised' })),
        reservations: [reservationOf('help')],
      },
      'lifecycle AlreadyExistingOffer',
    ],
    [
      'promised again after a failure: the old offer does not end the new promise',
      {},
      {
        ...help(after(['offered', 'errored'], minute, { actionId: 'promised' })),
        reservations: [reservationOf('help')],
      },
      'lifecycle Reserved',
    ],
  ]);

  test('another session lifts the lock under `session`, the time does under `after`', () => {
    const file = fileOf([mapOf('help')]);
    const rejected = statesOf({ help: after(['offered', 'rejected'], minute) });
    const scoped = (reoffer: Parameters<typeof offerRulesOf>[1], request: Partial<OfferRequest>) =>
      told(file, requestOf({ states: rejected, ...request }), reoffer);
    const session = { lifecycles: lifecyclesWith({ webchat: { scope: 'session' } }) };
    const afterTwo = { lifecycles: lifecyclesWith({ webchat: { scope: 'after', afterMs: 2 * minute } }) };
    expect(scoped(session, {})).toEqual(['help lifecycle TerminalState']);
    expect(scoped(session, { session: { id: 'session-2', lastActiveAt: null } })).toEqual(['help offered']);
    expect(scoped(afterTwo, { now: noon + minute - 1 })).toEqual(['help lifecycle TerminalState']);
    expect(scoped(afterTwo, { now: noon + minute })).toEqual(['help offered']);
  });
});

describe('trigger', () => {
  const bought = {
    streamType: 'Web',
    sessionType: 'web',
    eventName: 'viewed',
    attributes: { price: 120 },
  } as const;
  const expensive = {
    streamType: 'Web',
    sessionType: 'web',
    eventName: 'viewed',
    key: 'price',
    operator: 'greaterThan',
    values: ['100'],
  } as const;
  const qualified = statesOf({ help: after(['qualified'], minute) });
  const segments = { triggerWithSegments: ['gold', 'silver'] };
  const events = { triggerWithEventConditions: [expensive] };
  rows({}, [
    ['any of the segments', segments, { segments: ['silver'] }, 'offered'],
    ['none of the segments', segments, { segments: ['Gold'] }, 'trigger NotTriggered'],
    ['an event that fits', events, { events: [bought] }, 'offered'],
    ['no event', events, {}, 'trigger NotTriggered'],
    [
      'an attribute that does not fit',
      events,
      { events: [{ ...bought, attributes: { price: 100 } }] },
      'trigger NotTriggered',
    ],
    [
      'an event without the attribute',
      events,
      { events: [{ ...bought, attributes: {} }] },
      'trigger NotTriggered',
    ],
    ['another event', events, { events: [{ ...bought, eventName: 'sold' }] }, 'trigger NotTriggered'],
    ['another stream', events, { events: [{ ...bought, streamType: 'App' }] }, 'trigger NotTriggered'],
    [
      'another kind of session',
      events,
      { events: [{ ...bought, sessionType: 'app' }] },
      'trigger NotTriggered',
    ],
    [
      'one of two conditions',
      { triggerWithEventConditions: [expensive, { ...expensive, eventName: 'sold' }] },
      { events: [bought] },
      'trigger NotTriggered',
    ],
    ['both kinds, one fits', { ...segments, ...events }, { events: [bought] }, 'trigger NotTriggered'],
    ['qualified before in this session', segments, { states: qualified }, 'offered'],
    [
      'qualified before in another session',
      segments,
      { states: qualified, session: { id: 'session-2', lastActiveAt: null } },
      'trigger NotTriggered',
    ],
  ]);
});

describe('mediaType', () => {
  const other = (state: ReturnType<typeof after>) => ({ states: statesOf({ other: state }) });
  const content = { action: actionOf({ mediaType: 'contentOffer' }) };
  const busy = 'mediaType MediaTypeBusy by other';
  rows({}, [
    ['another is open', {}, other(after(['offered'], minute)), busy],
    ['another is open and idle', {}, other(after(['offered'], 30 * minute)), 'offered'],
    ['another is open in another media type', content, other(after(['offered'], minute)), 'offered'],
    ['another has a step that waits', {}, other(after(['accepted'], minute)), busy],
    ['another has a step that waits since long ago', {}, other(after(['accepted'], 30 * minute)), 'offered'],
    ['another is promised', {}, { reservations: [reservationOf('other')] }, busy],
    ['another is over', {}, other(after(['offered', 'ignored'], minute)), 'offered'],
    ['another has failed', {}, other(after(['offered', 'errored'], minute)), 'offered'],
    ['another has only qualified', {}, other(after(['qualified'], minute)), 'offered'],
  ]);
});

describe('page', () => {
  const cart = { operator: 'containsAny', values: ['/CART', '/checkout'] } as const;
  const stop = 'page PageUrlConditionsNotMatching';
  rows({}, [
    ['the condition holds, whatever the case', { pageUrlConditions: [cart] }, {}, 'offered'],
    ['another page', { pageUrlConditions: [cart] }, { page: { url: 'https://shop.example/' } }, stop],
    [
      'one of two conditions',
      { pageUrlConditions: [cart, { operator: 'endsWith', values: ['step=2'] }] },
      {},
      stop,
    ],
  ]);
});

describe('activation', () => {
  const delay: { activation: Activation } = { activation: { type: 'delay', delayInSeconds: 60 } };
  const later: { activation: Activation } = { activation: { type: 'on-next-session' } };
  const next = { id: 'session-2', lastActiveAt: null };
  const stop = 'activation TriggerDateInFuture';
  const help = (steps: readonly string[], ms: number) => ({ states: statesOf({ help: after(steps, ms) }) });
  rows({}, [
    ['a delay begins with qualifying', delay, {}, stop],
    ['a delay that is not over', delay, help(['qualified'], 60 * second - 1), stop],
    ['a delay that is over', delay, help(['qualified'], 60 * second), 'offered'],
    [
      'a delay begins anew in another session',
      delay,
      { ...help(['qualified'], 60 * second), session: next },
      stop,
    ],
    [
      'a delay is not waited for again after a failure',
      delay,
      help(['qualified', 'offered', 'errored'], 1),
      'offered',
    ],
    ['a later session: not known yet', later, {}, stop],
    ['a later session: still the same', later, help(['qualified'], minute), stop],
    ['a later session: another one', later, { ...help(['qualified'], minute), session: next }, 'offered'],
    ['a later session: the same id after it was idle', later, help(['qualified'], 30 * minute), 'offered'],
    [
      'a later visit is a later session',
      { activation: { type: 'on-next-visit' } },
      { ...help(['qualified'], minute), session: next },
      'offered',
    ],
  ]);

  test('an offer for a later session is a new action of that session; held back, the old one goes on', () => {
    const file = (map: Partial<ActionMap>) => offerRulesOf(fileOf([mapOf('help', { ...later, ...map })]));
    const request = requestOf({ ...help(['qualified'], minute), session: next });
    expect(decideOffer(file({}), request).offers[0]?.actionId).toBeNull();
    const elsewhere = { pageUrlConditions: [{ operator: 'equal', values: ['elsewhere'] }] } as const;
    expect(decideOffer(file(elsewhere), request).heldBack[0]).toMatchObject({
      qualified: true,
      actionId: 'action-1',
    });
  });
});

describe('schedule', () => {
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
  const capped = (cap: Partial<FrequencyCap>) => ({
    frequencyCaps: {
      webchat: { capOnceFinalized: false, capOnceRejected: false, capForPeriod: null, ...cap },
    },
  });
  const other = (steps: readonly string[], ms: number, fields = {}) => ({
    states: statesOf({ other: after(steps, ms, fields) }),
  });
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
  const targets = (agentsOnQueue: number | null) => ({
    targets: new Map([['sales', loadOf({ agentsOnQueue })]]),
  });
  rows({ actionTargets: [targetOf('sales', { routeIfAgentsAvailable: true })] }, [
    ['an agent', sales, targets(1), 'offered'],
    ['no agent', sales, targets(0), 'agents NoAvailableAgents'],
    ['nobody tells of agents', sales, targets(null), 'agents NoAvailableAgents'],
    ['nobody tells of the target', sales, {}, 'agents NoAvailableAgents'],
    ['a map without a target', {}, {}, 'offered'],
  ]);
  rows({ actionTargets: [targetOf('sales')] }, [['no agent is asked for', sales, targets(0), 'offered']]);
});

describe('pacing', () => {
  const paced = (isPacingEnabled: boolean) => ({
    action: actionOf({ actionTargetId: 'sales', isPacingEnabled }),
  });
  const chats = (engaged: number, overServiceLevel: number, abandoned: number) => ({
    targets: new Map([['sales', loadOf({ chats: { engaged, overServiceLevel, abandoned } })]]),
  });
  const unknown = { targets: new Map([['sales', loadOf({ chats: null })]]) };
  const stop = 'pacing ServiceLevelThrottling';
  rows({ actionTargets: [targetOf('sales')] }, [
    ['on the floor', paced(true), chats(9, 1, 1), 'offered'],
    ['below the floor', paced(true), chats(9, 2, 1), stop],
    ['only abandoned chats', paced(true), chats(0, 0, 1), stop],
    ['no chats to judge by', paced(true), chats(0, 0, 0), 'offered'],
    ['a service level nobody knows', paced(true), unknown, stop],
    ['a target nobody knows', paced(true), {}, stop],
    ['without pacing', paced(false), chats(0, 0, 9), 'offered'],
  ]);
});
