import { createHandClock, type HandClock } from '@offerlock/event-log/memory';
import {
  fold,
  offerRulesOf,
  type ActionMap,
  type ActionMapsFile,
  type OfferRules,
  type OfferState,
  type WebActionEvent,
} from '@offerlock/lifecycle';
import { day, foldDefaults } from '@offerlock/lifecycle/testing';
import { positionOf, type OfferDesk, type PendingOffer } from '@offerlock/projection';
import { createMemoryProjection, type MemoryProjection } from '@offerlock/projection/memory';
import type { BlockedOffer } from '@offerlock/schemas';
import { qualifiedEvent } from './customer-facts.ts';
import { createDecide, type DecideParts, type DecidePolicy } from './decide.ts';
import type { Decision, DecisionRequest } from './decision.ts';

export const policy: DecidePolicy = { leaseMs: 30_000, projectionLagMaxMs: 30_000, deadlineMs: 50 };
export const ann = { tenantId: 'default', customerId: 'ann' } as const;
const customer = `${ann.tenantId}/${ann.customerId}`;

export function mapOf(id: string, fields: Partial<ActionMap> = {}): ActionMap {
  return {
    id,
    version: 1,
    displayName: id,
    isActive: true,
    startDate: '2026-01-01T00:00:00Z',
    endDate: null,
    weight: 2,
    triggerWithSegments: [],
    triggerWithEventConditions: [],
    pageUrlConditions: [],
    activation: { type: 'immediate' },
    action: {
      mediaType: 'webchat',
      actionTargetId: null,
      isPacingEnabled: false,
      invitation: { title: '', prompt: 'May we help?', acceptText: 'Yes', declineText: 'No' },
    },
    scheduleGroupId: null,
    emergencyScheduleGroupId: null,
    ignoreFrequencyCap: false,
    ...fields,
  };
}

export function rulesOf(maps: readonly ActionMap[], fields: Partial<ActionMapsFile> = {}): OfferRules {
  return offerRulesOf(
    {
      actionMaps: maps,
      actionTargets: [],
      scheduleGroups: [],
      emergencyScheduleGroups: [],
      frequencyCaps: {},
      ...fields,
    },
    { lifecycles: foldDefaults.lifecycles },
  );
}

export function questionOf(fields: Partial<DecisionRequest> = {}): DecisionRequest {
  return {
    requestId: null,
    ...ann,
    sessionId: 'session-1',
    lastActiveAt: null,
    page: { url: 'https://shop.example/cart' },
    segments: [],
    events: [],
    ...fields,
  };
}

/** Deciders, a log and a projector of one customer, all moved by hand. */
export interface TestDecisions {
  readonly clock: HandClock;
  readonly projection: MemoryProjection;
  readonly published: { readonly qualified: PendingOffer[]; readonly blocked: BlockedOffer[] };
  /** Puts an event into the log, where the projector will find it. */
  report(actionState: string, action: Pick<PendingOffer, 'actionId' | 'actionMapId' | 'mediaType'>): void;
  /** Folds up to so many events of the log, and notes how far it has got. */
  project(events?: number): Promise<void>;
  /** Folds the latest events once more, as after a crash. */
  projectAgain(): Promise<void>;
  /** Another instance. It knows how far the projection is as of its `look`. */
  decider(overrides?: Partial<DecideParts>): TestDecider;
}

export interface TestDecider {
  ask(fields?: Partial<DecisionRequest>): Promise<Decision>;
  askText(fields?: Partial<DecisionRequest>): Promise<string>;
  look(): Promise<void>;
}

export async function createTestDecisions(
  rules: OfferRules,
  { wrapDesk = (desk: OfferDesk): OfferDesk => desk } = {},
): Promise<TestDecisions> {
  const clock = createHandClock(day);
  const projection = createMemoryProjection({ clock });
  const store = projection.store();
  await store.prepare({ partitions: 1 });
  await store.noteFolded(new Map([[0, clock.now()]]));
  const log: { readonly event: WebActionEvent; readonly at: number }[] = [];
  const published = { qualified: [] as PendingOffer[], blocked: [] as BlockedOffer[] };
  let folded = 0;
  let ids = 0;

  const append = (event: WebActionEvent): void => {
    log.push({ event, at: clock.now() });
  };
  const foldNext = async (): Promise<void> => {
    const { event } = log[folded] ?? {};
    if (event === undefined) return;
    const key = { customer, actionMapId: event.actionMapId };
    const [stored] = await store.load([key]);
    const state =
      stored === null || stored === undefined ? null : (JSON.parse(stored.stateJson) as OfferState);
    const outcome = fold(foldDefaults, state, { event, offset: BigInt(folded) });
    if (outcome.outcome === 'applied' || outcome.outcome === 'early') {
      const stateJson = JSON.stringify(outcome.state);
      await store.save([{ key, position: positionOf(1, BigInt(folded)), stateJson, before: null }]);
    }
    folded += 1;
  };

  return {
    clock,
    projection,
    published,
    report(actionState, { actionId, actionMapId, mediaType }) {
      const qualifiedAt = clock.now();
      const offer = {
        actionId,
        actionMapId,
        mediaType,
        actionMapVersion: 1,
        sessionId: 'session-1',
        reserved: null,
      };
      append({ ...qualifiedEvent({ ...offer, qualifiedAt }, ann, `event-${(ids += 1)}`), actionState });
    },
    async project(events = Number.POSITIVE_INFINITY) {
      for (const _ of log.slice(folded, folded + events)) await foldNext();
      await store.noteFolded(new Map([[0, log[folded]?.at ?? clock.now()]]));
    },
    async projectAgain() {
      folded = Math.max(0, folded - 2);
      for (const _ of log.slice(folded)) await foldNext();
    },
    decider(overrides = {}) {
      let foldedThroughMs: number | null = clock.now();
      const progressReader = projection.progressReader();
      const decide = createDecide({
        desk: wrapDesk(projection.desk()),
        book: { caughtUp: true, rulesOf: () => rules, health: () => ({ healthy: true, detail: '' }) },
        surroundings: { foldedThroughMs: () => foldedThroughMs, loads: () => new Map() },
        output: {
          qualified: (offer, { tenantId, customerId }) => {
            published.qualified.push(offer);
            append(qualifiedEvent(offer, { tenantId, customerId }, `event-${(ids += 1)}`));
          },
          blocked: (offer) => published.blocked.push(offer),
        },
        lifecycles: foldDefaults.lifecycles,
        clock,
        ticks: () => clock.now(),
        ids: { newActionId: () => `action-${(ids += 1)}` },
        policy,
        ...overrides,
      });
      const askText = (fields: Partial<DecisionRequest> = {}) => decide(questionOf(fields));
      return {
        askText,
        ask: async (fields) => JSON.parse(await askText(fields)) as Decision,
        look: async () => {
          foldedThroughMs = (await progressReader.progress()).foldedThroughMs.get(0) ?? null;
        },
      };
    },
  };
}
