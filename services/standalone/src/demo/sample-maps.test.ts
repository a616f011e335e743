import { expect, test } from '@jest/globals';
import { explainOffer, offerRulesOf, type OfferReason } from '@offerlock/lifecycle';
import { simulateTraffic } from '@offerlock/traffic';
import { readSampleMaps } from './sample-maps.ts';

const sample = readSampleMaps();

test('the sample has the maps that simulated visitors are offered, in the same versions', () => {
  const versions = new Map(sample.actionMaps.map(({ id, version }) => [id, version]));
  const offered = new Map<string, number>();
  for (const { content } of simulateTraffic({ seed: 1, events: 2_000, startAtMs: 0 }).records()) {
    if (content.type === 'event' && /^map-\d+$/.test(content.event.actionMapId)) {
      offered.set(content.event.actionMapId, content.event.actionMapVersion);
    }
  }
  expect(offered.size).toBe(12);
  for (const [id, version] of offered) expect([id, versions.get(id)]).toEqual([id, version]);
});

test('a new visitor is offered something on any page, and the others meet many gates', () => {
  const { decision } = explainOffer(offerRulesOf(sample), {
    ready: true,
    now: Date.now(),
    tenantId: 'demo',
    customerId: 'visitor-1',
    session: { id: 'visit-1', lastActiveAt: null },
    page: { url: 'https://www.example.com/support' },
    segments: [],
    events: [],
    states: new Map(),
    reservations: [],
    targets: new Map(),
  });
  expect(decision.offers.map(({ actionMapId }) => actionMapId)).toEqual(['catalogue']);
  const reasons = new Set(decision.heldBack.map(({ reason }) => reason));
  const expected: readonly OfferReason[] = [
    'Inactive',
    'OutsideDates',
    'NotTriggered',
    'PageUrlConditionsNotMatching',
    'TriggerDateInFuture',
    'MultipleSimultaneousOffers',
    'NoAvailableAgents',
  ];
  expect(reasons).toEqual(new Set(expected));
});
