import { describe, expect, test } from '@jest/globals';
import { lifecyclesWith } from '../lifecycles.ts';
import type { ActionMap, Activation } from './action-map.ts';
import { decideOffer } from './decide-offer.ts';
import type { OfferRequest } from './offer-request.ts';
import { offerRulesOf } from './offer-rules.ts';
import {
  actionOf,
  after,
  fileOf,
  mapOf,
  minute,
  noon,
  requestOf,
  reservationOf,
  second,
  statesOf,
  told,
} from './test-offers.ts';

type Row = readonly [title: string, map: Partial<ActionMap>, request: Partial<OfferRequest>, told: string];

/** One map, one request, one answer. */
function rows(table: readonly Row[]): void {
  test.each(table)('%s', (_title, map, request, expected) => {
    expect(told(fileOf([mapOf('help', map)]), requestOf(request))).toEqual([`help ${expected}`]);
  });
}

const isoOf = (at: number): string => new Date(at).toISOString();

/** What is known of the map itself, and of another one, after some steps. */
const help = (...steps: Parameters<typeof after>) => ({ states: statesOf({ help: after(...steps) }) });
const other = (...steps: Parameters<typeof after>) => ({ states: statesOf({ other: after(...steps) }) });

describe('ready', () => {
  rows([
    ['a complete projection lets pass', {}, {}, 'offered'],
    ['an incomplete one stops everything', {}, { ready: false }, 'ready Unavailable'],
    ['even what is switched off', { isActive: false }, { ready: false }, 'ready Unavailable'],
  ]);
});

describe('active', () => {
  rows([
    ['switched off', { isActive: false }, {}, 'active Inactive'],
    ['begins this very moment', { startDate: isoOf(noon) }, {}, 'offered'],
    ['begins in a millisecond', { startDate: isoOf(noon + 1) }, {}, 'active OutsideDates'],
    ['ends in a millisecond', { endDate: isoOf(noon + 1) }, {}, 'offered'],
    ['ends this very moment', { endDate: isoOf(noon) }, {}, 'active OutsideDates'],
    ['begins by another offset', { startDate: '2026-05-01T14:00:00+02:00' }, {}, 'offered'],
  ]);
});

describe('lifecycle', () => {
  const terminal = [
    ['offered', 'accepted', 'started', 'engaged'],
    ['offered', 'rejected'],
    ['offered', 'accepted', 'rejected'],
    ['offered', 'timedout'],
    ['offered', 'ignored'],
    ['offered', 'accepted', 'started', 'abandoned'],
  ];
  rows(
    terminal.map((steps) => [
      `over: ${steps.join(', ')}`,
      {},
      help(steps, minute),
      'lifecycle TerminalState',
    ]),
  );
  rows([
    ['offered', {}, help(['offered'], minute), 'lifecycle AlreadyExistingOffer'],
    ['accepted', {}, help(['offered', 'accepted'], minute), 'lifecycle AlreadyExistingOffer'],
    ['started', {}, help(['offered', 'accepted', 'started'], minute), 'lifecycle AlreadyExistingOffer'],
    ['open in an idle session', {}, help(['offered'], 30 * minute), 'offered'],
    ['open until it is idle', {}, help(['offered'], 30 * minute - 1), 'lifecycle AlreadyExistingOffer'],
    [
      'open, and the visitor was seen since',
      {},
      {
        ...help(['offered'], 40 * minute),
        session: { id: 'session-1', lastActiveAt: noon - 20 * minute },
      },
      'lifecycle AlreadyExistingOffer',
    ],
    [
      'open in another session that may go on',
      {},
      help(['offered'], minute, { sessionId: 'session-0' }),
      'lifecycle AlreadyExistingOffer',
    ],
    [
      'open in another session that is over',
      {},
      help(['offered'], 30 * minute, { sessionId: 'session-0' }),
      'offered',
    ],
    ['failed', {}, help(['offered', 'errored'], minute), 'offered'],
    ['failed this very moment', {}, help(['offered', 'errored'], 0), 'lifecycle Pending'],
    ['qualified', {}, help(['qualified'], minute), 'offered'],
    ['qualified this very moment', {}, help(['qualified'], 0), 'offered'],
    ['a step that waits', {}, help(['accepted'], minute), 'lifecycle Pending'],
    ['promised', {}, { reservations: [reservationOf('help')] }, 'lifecycle Reserved'],
    ['promised, lease over', {}, { reservations: [reservationOf('help', { until: noon })] }, 'offered'],
    [
      'promised, and open since: the projection tells',
      {},
      {
        ...help(['offered'], 0, { actionId: 'promised' }),
        reservations: [reservationOf('help')],
      },
      'lifecycle AlreadyExistingOffer',
    ],
    [
      'promised again after a failure: the old offer does not end the new promise',
      {},
      {
        ...help(['offered', 'errored'], minute, { actionId: 'promised' }),
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
  rows([
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
    [
      'an event without the attribute, which differs from nothing',
      { triggerWithEventConditions: [{ ...expensive, operator: 'notEqual', values: ['5'] }] },
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
  const content = { action: actionOf({ mediaType: 'contentOffer' }) };
  const busy = 'mediaType MediaTypeBusy by other';
  rows([
    ['another is open', {}, other(['offered'], minute), busy],
    ['another is open and idle', {}, other(['offered'], 30 * minute), 'offered'],
    ['another is open in another media type', content, other(['offered'], minute), 'offered'],
    ['another has a step that waits', {}, other(['accepted'], minute), busy],
    ['another has a step that waits since long ago', {}, other(['accepted'], 30 * minute), 'offered'],
    ['another is promised', {}, { reservations: [reservationOf('other')] }, busy],
    ['another is over', {}, other(['offered', 'ignored'], minute), 'offered'],
    ['another has failed', {}, other(['offered', 'errored'], minute), 'offered'],
    ['another has only qualified', {}, other(['qualified'], minute), 'offered'],
  ]);
});

describe('page', () => {
  const cart = { operator: 'containsAny', values: ['/CART', '/checkout'] } as const;
  const stop = 'page PageUrlConditionsNotMatching';
  rows([
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
  rows([
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
    const request = requestOf({ ...help(['qualified'], minute), session: next });
    const here = mapOf('help', later);
    const elsewhere = { ...here, pageUrlConditions: [{ operator: 'equal', values: ['elsewhere'] }] } as const;
    expect(decideOffer(offerRulesOf(fileOf([here])), request).offers[0]?.actionId).toBeNull();
    expect(decideOffer(offerRulesOf(fileOf([elsewhere])), request).heldBack[0]).toMatchObject({
      qualified: true,
      actionId: 'action-1',
    });
  });
});

test('an action keeps its media type: after a version with another one, the map begins a new action', () => {
  const request = requestOf(help(['qualified'], minute));
  const offer = (map: ActionMap) => decideOffer(offerRulesOf(fileOf([map])), request).offers[0]?.actionId;
  expect(offer(mapOf('help'))).toBe('action-1');
  expect(offer(mapOf('help', { version: 2, action: actionOf({ mediaType: 'openAction' }) }))).toBeNull();
});
