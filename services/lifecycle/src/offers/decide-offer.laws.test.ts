import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { actionStates } from '../event.ts';
import { fold } from '../fold.ts';
import type { ReofferScope } from '../lifecycle.ts';
import { lifecyclesWith } from '../lifecycles.ts';
import type { OfferState } from '../offer-state.ts';
import { eventOf, foldDefaults, incomingOf, run } from '../test-events.ts';
import { offeredMediaTypes, type ActionMap, type ActionMapsFile } from './action-map.ts';
import { checkActionMaps } from './check-action-maps.ts';
import { decideOffer, type HeldBack, type Offer, type OfferDecision } from './decide-offer.ts';
import { explainOffer } from './explain-offer.ts';
import type { OfferRequest } from './offer-request.ts';
import { offerRulesOf, type OfferRules } from './offer-rules.ts';
import { actionOf, fileOf, mapOf, minute, noon, requestOf, targetOf } from './test-offers.ts';

// A failing law prints its seed and path; `fc.assert(..., { seed, path })` runs that case again.
const runs = { numRuns: 500 };

const ids = ['map-1', 'map-2', 'map-3', 'map-4', 'map-5'] as const;
const mediaType = fc.constantFrom(...offeredMediaTypes.slice(0, 2));

const actionMap = (id: string): fc.Arbitrary<ActionMap> =>
  fc
    .record({
      version: fc.integer({ min: 1, max: 3 }),
      isActive: fc.boolean().map((rarely) => rarely || id !== 'map-1'),
      endDate: fc.constantFrom(null, null, '2026-02-01T00:00:00Z'),
      weight: fc.constantFrom(1 as const, 2 as const, 3 as const),
      triggerWithSegments: fc.constantFrom([], [], ['gold']),
      pageUrlConditions: fc.constantFrom([], [], [{ operator: 'endsWith', values: ['2'] } as const]),
      activation: fc.constantFrom(
        { type: 'immediate' } as const,
        { type: 'immediate' } as const,
        { type: 'delay', delayInSeconds: 60 } as const,
        { type: 'on-next-session' } as const,
      ),
      action: fc
        .record({ mediaType, actionTargetId: fc.constantFrom(null, 'sales', 'support') })
        .map(actionOf),
      scheduleGroupId: fc.constantFrom(null, null, 'monday'),
      emergencyScheduleGroupId: fc.constantFrom(null, null, 'fire'),
      ignoreFrequencyCap: fc.boolean(),
    })
    .map((fields) => mapOf(id, fields));

const file: fc.Arbitrary<ActionMapsFile> = fc
  .record({
    maps: fc.tuple(...ids.map(actionMap)).chain((maps) => fc.shuffledSubarray(maps)),
    capped: fc.boolean(),
    capForPeriod: fc.constantFrom(null, '00:05'),
    emergency: fc.boolean(),
  })
  .map(({ maps, capped, capForPeriod, emergency }) =>
    fileOf(maps, {
      actionTargets: [targetOf('sales', { routeIfAgentsAvailable: true }), targetOf('support')],
      scheduleGroups: [
        {
          id: 'monday',
          displayName: 'Monday',
          timeZone: 'Europe/Berlin',
          open: [{ days: ['monday'], from: '00:00', to: '24:00' }],
          closed: [],
        },
      ],
      emergencyScheduleGroups: [{ id: 'fire', displayName: 'Fire', isActive: emergency }],
      frequencyCaps: { webchat: { capOnceFinalized: capped, capOnceRejected: !capped, capForPeriod } },
    }),
  );

interface DrawnStep {
  readonly step: string;
  readonly minutesAgo: number;
  readonly action: string;
  readonly session: string;
}

const session = fc.constantFrom('session-1', 'session-2');
const minutesAgo = fc.integer({ min: -1, max: 70 });

/** Any steps of two actions. */
const confusion: fc.Arbitrary<readonly DrawnStep[]> = fc
  .array(
    fc.record({
      step: fc.constantFrom(...actionStates),
      minutesAgo,
      action: fc.constantFrom('action-1', 'action-2'),
      session,
    }),
    { maxLength: 6 },
  )
  .map((steps) => steps.sort((one, other) => other.minutesAgo - one.minutesAgo));

/** The steps of one action, as far as they came. */
const journey: fc.Arbitrary<readonly DrawnStep[]> = fc
  .record({
    path: fc.constantFrom(
      ['qualified', 'offered', 'accepted', 'started', 'engaged'],
      ['qualified', 'offered', 'rejected'],
      ['offered', 'ignored'],
      ['offered', 'errored'],
    ),
    length: fc.integer({ min: 1, max: 5 }),
    minutesAgo,
    session,
  })
  .map(({ path, length, ...fields }) =>
    path.slice(0, length).map((step) => ({ step, action: 'action-1', ...fields })),
  );

/** What the fold makes of them, so that only states occur that can occur. */
const offerState: fc.Arbitrary<OfferState | null> = fc
  .record({ steps: fc.oneof(confusion, journey), mediaType, early: fc.boolean() })
  .map(({ steps, mediaType: actionMediaType, early }) => {
    const events = steps.map((drawn) =>
      eventOf(drawn.step, 0, {
        occurredAt: noon - drawn.minutesAgo * minute,
        actionId: drawn.action,
        sessionId: drawn.session,
        actionMediaType,
      }),
    );
    return run(events, { ...foldDefaults, earlyGraceMs: early ? 60_000 : 0 }).state;
  });

const load = fc.record({
  agentsOnQueue: fc.constantFrom(null, 0, 2),
  chats: fc.constantFrom(
    null,
    { engaged: 0, overServiceLevel: 0, abandoned: 0 },
    { engaged: 5, overServiceLevel: 0, abandoned: 1 },
    { engaged: 5, overServiceLevel: 4, abandoned: 1 },
  ),
});

const request: fc.Arbitrary<OfferRequest> = fc
  .record({
    ready: fc.integer({ min: 0, max: 9 }).map((rarely) => rarely > 0),
    customerId: fc.constantFrom('ann', 'bob', 'eve'),
    session: fc.record({
      id: fc.constantFrom('session-1', 'session-3'),
      lastActiveAt: fc.constantFrom(null, noon - 10 * minute),
    }),
    page: fc.constantFrom({ url: 'https://a/1' }, { url: 'https://a/2' }),
    segments: fc.constantFrom([], ['gold']),
    states: fc
      .tuple(...ids.map((id) => fc.option(offerState).map((state) => [id, state] as const)))
      .map((states) => new Map(states.flatMap(([id, state]) => (state === null ? [] : [[id, state]])))),
    reservations: fc.array(
      fc.record({
        actionMapId: fc.constantFrom(...ids),
        mediaType,
        actionId: fc.constantFrom('action-1', 'action-2', 'action-3'),
        takenAt: fc.constant(noon - minute / 4),
        until: fc.constantFrom(noon, noon + minute / 4),
      }),
      { maxLength: 1 },
    ),
    targets: fc.record({ sales: load, support: load }).map((loads) => new Map(Object.entries(loads))),
  })
  .map(requestOf);

const scope = fc.constantFrom<ReofferScope>(
  { scope: 'never' },
  { scope: 'session' },
  { scope: 'after', afterMs: 20 * minute },
);
const lifecycles = scope.map((reoffer) => lifecyclesWith({ webchat: reoffer, webMessagingOffer: reoffer }));

const asked = fc
  .record({ file, request, lifecycles })
  .map((drawn) => ({ ...drawn, rules: offerRulesOf(drawn.file, drawn) }));

test('every file drawn here is one that the checker accepts', () => {
  fc.assert(
    fc.property(file, (drawn) =>
      expect(checkActionMaps(drawn)).toEqual({ outcome: 'accepted', value: drawn }),
    ),
  );
});

test('the questions drawn here reach every gate and every reason, and offers of every kind', () => {
  const reasons = new Set<string>();
  fc.assert(
    fc.property(asked, ({ rules, request: question }) => {
      const { offers, heldBack } = decideOffer(rules, question);
      for (const { reason } of heldBack) reasons.add(reason);
      for (const { actionId } of offers) reasons.add(actionId === null ? 'new action' : 'same action');
    }),
    { numRuns: 2_000, seed: 1 },
  );
  expect([...reasons].sort()).toEqual(
    [
      'AlreadyExistingOffer',
      'EmergencyClosure',
      'FrequencyCapping',
      'Inactive',
      'MediaTypeBusy',
      'MultipleSimultaneousOffers',
      'NoAvailableAgents',
      'NotTriggered',
      'OfferedOutsideSchedule',
      'OutsideDates',
      'PageUrlConditionsNotMatching',
      'Pending',
      'Reserved',
      'ServiceLevelThrottling',
      'TerminalState',
      'TriggerDateInFuture',
      'Unavailable',
      'new action',
      'same action',
    ].sort(),
  );
});

test('every map gets exactly one answer, and no media type more than one offer', () => {
  fc.assert(
    fc.property(asked, ({ rules, file: { actionMaps }, request: question }) => {
      const { offers, heldBack } = decideOffer(rules, question);
      const answered = [...offers, ...heldBack].map(({ actionMapId }) => actionMapId);
      expect(answered.sort()).toEqual(actionMaps.map(({ id }) => id).sort());
      const kinds = offers.map((offer) => offer.mediaType);
      expect(new Set(kinds).size).toBe(kinds.length);
    }),
    runs,
  );
});

test('a locked map is never offered under `never`', () => {
  const never = lifecyclesWith({ webMessagingOffer: { scope: 'never' } });
  fc.assert(
    fc.property(asked, ({ file: drawn, request: question }) => {
      const { offers } = decideOffer(offerRulesOf(drawn, { lifecycles: never }), question);
      expect(offers.filter(({ actionMapId }) => question.states.get(actionMapId)?.locked)).toEqual([]);
    }),
    runs,
  );
});

test('nothing is offered that is open, reserved, unexplained, or while the projection is not complete', () => {
  fc.assert(
    fc.property(asked, ({ rules, request: question }) => {
      const { offers } = decideOffer(rules, question);
      expect(question.ready || offers.length === 0).toBe(true);
      for (const { actionMapId } of offers) {
        expect(question.states.get(actionMapId)?.early ?? []).toEqual([]);
        // Before its lease is over, only the projection of that very action ends a promise.
        const promises = question.reservations.filter(
          (one) => one.actionMapId === actionMapId && one.until > question.now,
        );
        const known = question.states.get(actionMapId)?.actionId;
        expect(promises.filter(({ actionId }) => actionId !== known)).toEqual([]);
      }
    }),
    runs,
  );
});

test('what is offered, the fold applies: first `qualified` of a new action, then `offered`', () => {
  fc.assert(
    fc.property(asked, ({ rules, lifecycles: scoped, request: question }) => {
      const { offers, heldBack } = decideOffer(rules, question);
      const options = { ...foldDefaults, lifecycles: scoped };
      const begins = heldBack.filter(({ qualified, actionId }) => qualified && actionId === null);
      for (const answer of [...offers, ...begins]) {
        const fields = {
          actionId: answer.actionId ?? 'action-new',
          actionMediaType: answer.mediaType,
          occurredAt: question.now,
          sessionId: question.session.id,
        };
        const steps = [
          ...(answer.actionId === null ? ['qualified'] : []),
          ...('invitation' in answer ? ['offered'] : []),
        ];
        const state = question.states.get(answer.actionMapId) ?? null;
        const folded = run(
          steps.map((step) => eventOf(step, 0, fields)),
          options,
          state,
        ).folded;
        expect(folded.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'applied'));
      }
    }),
    runs,
  );
});

test('equal questions get equal answers, whatever the order of the maps, states and reservations', () => {
  const shuffled = asked.chain((drawn) =>
    fc.record({
      drawn: fc.constant(drawn),
      actionMaps: fc.shuffledSubarray([...drawn.file.actionMaps], {
        minLength: drawn.file.actionMaps.length,
      }),
      states: fc.shuffledSubarray([...drawn.request.states], { minLength: drawn.request.states.size }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ drawn, actionMaps, states }) => {
      const again = offerRulesOf({ ...drawn.file, actionMaps }, drawn);
      const reordered = {
        ...drawn.request,
        states: new Map(states),
        reservations: [...drawn.request.reservations].reverse(),
      };
      const decision = decideOffer(drawn.rules, drawn.request);
      expect(decideOffer(drawn.rules, drawn.request)).toEqual(decision);
      expect(decideOffer(again, reordered)).toEqual(decision);
    }),
    runs,
  );
});

/** The answer that an explanation tells, with nothing but the explanation at hand. */
function answersIn({ maps }: ReturnType<typeof explainOffer>): readonly string[] {
  return maps.map(({ actionMapId, outcome, gates }) => {
    const results = gates.map(({ result }) => result);
    const stopped = gates.flatMap((gate) => (gate.result === 'stopped' ? [gate] : []));
    const [stop] = stopped;
    expect(stopped.length).toBe(outcome === 'offered' ? 0 : 1);
    const passed = stop === undefined ? results.length : results.indexOf('stopped');
    expect(results.slice(0, passed).every((result) => result === 'passed')).toBe(true);
    expect(results.slice(passed + 1).every((result) => result === 'not-reached')).toBe(true);
    expect(stopped.every(({ why }) => /^[A-Za-z0-9].+\.$/.test(why))).toBe(true);
    return stop === undefined ? `${actionMapId} offered` : `${actionMapId} ${stop.gate} ${stop.reason}`;
  });
}

function answersOf({ offers, heldBack }: OfferDecision): readonly string[] {
  return [
    ...offers.map(({ actionMapId }) => `${actionMapId} offered`),
    ...heldBack.map(({ actionMapId, gate, reason }) => `${actionMapId} ${gate} ${reason}`),
  ].sort();
}

test('an explanation tells the same as the decision, gate by gate', () => {
  fc.assert(
    fc.property(asked, ({ rules, request: question }) => {
      const decision = decideOffer(rules, question);
      const explanation = explainOffer(rules, question);
      expect(explanation.decision).toEqual(decision);
      expect(answersIn(explanation)).toEqual(answersOf(decision));
    }),
    runs,
  );
});

/** The answer of each map, by id. */
function byMap({ offers, heldBack }: OfferDecision): ReadonlyMap<string, Offer | HeldBack> {
  return new Map([...offers, ...heldBack].map((answer) => [answer.actionMapId, answer]));
}

/** Whether the map came as far as the comparison of the maps, or beyond. */
function competes(answer: Offer | HeldBack | undefined): boolean {
  return (
    answer !== undefined && (!('gate' in answer) || ['priority', 'agents', 'pacing'].includes(answer.gate))
  );
}

/**
 * A reason is wrong if the gate it names is not closed for that map. Adding a map may therefore change one thing only:
 * a map that came as far as `priority` now loses to the added one, which is of its media type and came as far itself.
 */
test('adding a map changes no reason of another to a wrong one', () => {
  const added = asked.filter(({ file: { actionMaps } }) => actionMaps.length > 0);
  fc.assert(
    fc.property(added, ({ file: drawn, rules, lifecycles: scoped, request: question }) => {
      const [extra, ...others] = drawn.actionMaps;
      const without: OfferRules = offerRulesOf({ ...drawn, actionMaps: others }, { lifecycles: scoped });
      const withIt = byMap(decideOffer(rules, question));
      const arrival = withIt.get(extra?.id ?? '');
      const changed = [...byMap(decideOffer(without, question))].filter(
        ([id, answer]) => JSON.stringify(withIt.get(id)) !== JSON.stringify(answer),
      );
      for (const [id, answer] of changed) {
        expect(withIt.get(id)).toMatchObject({ gate: 'priority', blockingActionMapId: extra?.id });
        expect([competes(answer), competes(arrival)]).toEqual([true, true]);
        expect(arrival?.mediaType).toBe(answer.mediaType);
      }
    }),
    runs,
  );
});

test('an earlier version of a map changes nothing', () => {
  fc.assert(
    fc.property(asked, ({ file: drawn, lifecycles: scoped, rules, request: question }) => {
      const actionMaps = drawn.actionMaps.flatMap((map) => [
        { ...map, version: map.version + 1 },
        { ...map, isActive: !map.isActive, weight: 3 as const },
      ]);
      const both = decideOffer(offerRulesOf({ ...drawn, actionMaps }, { lifecycles: scoped }), question);
      expect(answersOf(both)).toEqual(answersOf(decideOffer(rules, question)));
    }),
    runs,
  );
});

test('a promise that was kept and answered is over: the next question is decided by the projection alone', () => {
  const offered = fold(foldDefaults, null, incomingOf(eventOf('offered', 0, { occurredAt: noon })));
  if (offered.outcome !== 'applied') throw new Error('not applied');
  const rules = offerRulesOf(fileOf([mapOf('map-1')]));
  const promised = [
    { actionMapId: 'map-1', mediaType: 'webchat', actionId: 'action-1', takenAt: noon, until: noon + minute },
  ];
  const ask = (fields: Partial<OfferRequest>) =>
    decideOffer(rules, requestOf({ now: noon + 1, reservations: promised, ...fields })).heldBack[0]?.reason;
  expect(ask({})).toBe('Reserved');
  expect(ask({ states: new Map([['map-1', offered.state]]) })).toBe('AlreadyExistingOffer');
});
