import type { WebActionEvent } from '../event.ts';
import type { OfferState } from '../offer-state.ts';
import { day, eventOf, run } from '../test-events.ts';
import type { ActionMap, ActionMapsFile, ActionTarget } from './action-map.ts';
import { checkActionMaps } from './check-action-maps.ts';
import { decideOffer } from './decide-offer.ts';
import type { OfferRequest, Reservation, TargetLoad } from './offer-request.ts';
import { offerRulesOf, type OfferRulesOptions } from './offer-rules.ts';

/** When every question is asked: noon (UTC) of a Friday. */
export const noon = day + 12 * 60 * 60 * 1000;
export const second = 1000;
export const minute = 60 * second;

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
    action: actionOf(),
    scheduleGroupId: null,
    emergencyScheduleGroupId: null,
    ignoreFrequencyCap: false,
    ...fields,
  };
}

export function actionOf(fields: Partial<ActionMap['action']> = {}): ActionMap['action'] {
  return {
    mediaType: 'webchat',
    actionTargetId: null,
    isPacingEnabled: true,
    invitation: { title: '', prompt: 'May we help?', acceptText: 'Yes', declineText: 'No' },
    ...fields,
  };
}

export function targetOf(id: string, fields: Partial<ActionTarget> = {}): ActionTarget {
  return {
    id,
    displayName: id,
    routeIfAgentsAvailable: false,
    serviceLevelFraction: 0.8,
    serviceLevelMs: 20_000,
    shortAbandonMs: 0,
    ...fields,
  };
}

export function fileOf(
  actionMaps: readonly ActionMap[],
  fields: Partial<ActionMapsFile> = {},
): ActionMapsFile {
  return {
    actionMaps,
    actionTargets: [],
    scheduleGroups: [],
    emergencyScheduleGroups: [],
    frequencyCaps: {},
    ...fields,
  };
}

/** A customer of whom nothing is known, on a page, at noon. */
export function requestOf(fields: Partial<OfferRequest> = {}): OfferRequest {
  return {
    ready: true,
    now: noon,
    tenantId: 'default',
    customerId: 'ann',
    session: { id: 'session-1', lastActiveAt: null },
    page: { url: 'https://shop.example/cart?step=1' },
    segments: [],
    events: [],
    states: new Map(),
    reservations: [],
    targets: new Map(),
    ...fields,
  };
}

/** The projection after these steps of one action, a second apart, the last one so many ms before noon. */
export function after(
  steps: readonly string[],
  msBeforeNoon: number,
  fields: Partial<WebActionEvent> = {},
): OfferState {
  const events = steps.map((step, index) => {
    const occurredAt = noon - msBeforeNoon - (steps.length - 1 - index) * second;
    return eventOf(step, 0, { occurredAt, receivedAt: occurredAt, ...fields });
  });
  const { state } = run(events);
  if (state === null) throw new Error('the steps left no state');
  return state;
}

export function statesOf(states: Readonly<Record<string, OfferState>>): OfferRequest['states'] {
  return new Map(Object.entries(states));
}

export function reservationOf(actionMapId: string, fields: Partial<Reservation> = {}): Reservation {
  return {
    actionMapId,
    mediaType: 'webchat',
    actionId: 'promised',
    takenAt: noon - second,
    until: noon + 29 * second,
    ...fields,
  };
}

export function loadOf(fields: Partial<TargetLoad> = {}): TargetLoad {
  return { agentsOnQueue: 1, chats: { engaged: 0, overServiceLevel: 0, abandoned: 0 }, ...fields };
}

/** One line per map: `id offered`, or `id gate reason`, with what is in the way. Refuses a file the checker refuses. */
export function told(
  file: ActionMapsFile,
  request: OfferRequest,
  options: OfferRulesOptions = {},
): readonly string[] {
  const checked = checkActionMaps(file);
  if (checked.outcome === 'refused') throw new Error(JSON.stringify(checked.problems));
  const { offers, heldBack } = decideOffer(offerRulesOf(checked.value, options), request);
  return [
    ...offers.map(({ actionMapId }) => `${actionMapId} offered`),
    ...heldBack.map(({ actionMapId, gate, reason, blockingActionMapId }) =>
      [actionMapId, gate, reason, ...(blockingActionMapId === null ? [] : ['by', blockingActionMapId])].join(
        ' ',
      ),
    ),
  ].sort();
}
