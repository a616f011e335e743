import { assertNever } from '../assert-never.ts';
import type { EventCondition } from './action-map.ts';
import type { Candidate } from './candidate.ts';
import { conditionInWords, type Test } from './conditions.ts';
import { stopByCap } from './frequency-cap.ts';
import { stopByLifecycle } from './lifecycle-gate.ts';
import type { CustomerEvent, OfferRequest } from './offer-request.ts';
import { serviceLevelOf } from './pacing.ts';
import type { MapRule } from './offer-rules.ts';
import { timeInWords, type OfferGate, type Stop } from './reasons.ts';
import type { InTheWay } from './session.ts';

type GateCheck = (candidate: Candidate) => Stop | null;

/** Every gate that looks at one map alone. `priority` is the one that compares them. */
export const gateChecks: Readonly<Record<Exclude<OfferGate, 'priority'>, GateCheck>> = {
  ready: ({ request }) =>
    request.ready
      ? null
      : { reason: 'Unavailable', why: () => 'The projection is not complete, so nothing is offered.' },

  active: ({ rule: { map, startAt, endAt }, request: { now } }) => {
    if (!map.isActive) return { reason: 'Inactive', why: () => 'The map is switched off.' };
    if (now < startAt) {
      return { reason: 'OutsideDates', why: () => `The map begins at ${timeInWords(startAt)}.` };
    }
    if (now >= endAt) return { reason: 'OutsideDates', why: () => `The map ended at ${timeInWords(endAt)}.` };
    return null;
  },

  lifecycle: stopByLifecycle,

  trigger: ({ rule, goingOn, request }) => (goingOn.kind === 'fresh' ? stopByTrigger(rule, request) : null),

  mediaType: ({ rule: { map }, session }) => {
    const other = session.inTheWay(map.action.mediaType);
    return other === null ? null : stopByOther(other);
  },

  page: ({ rule: { pageTests }, pageUrl, request: { page } }) => {
    const failed = pageTests.find((test) => !test.holds(pageUrl));
    if (failed === undefined) return null;
    const why = (): string => `The URL ${page.url} does not meet: ${conditionInWords(failed.condition)}.`;
    return { reason: 'PageUrlConditionsNotMatching', why };
  },

  activation: stopByActivation,

  schedule: ({ rule: { schedule, emergency }, request: { now } }) => {
    if (emergency?.isActive === true) {
      return { reason: 'EmergencyClosure', why: () => `The emergency group ${emergency.id} is active.` };
    }
    if (schedule === null || schedule.isOpen(now)) return null;
    const { id, timeZone } = schedule.group;
    const why = (): string => `${timeInWords(now)} is outside of the hours of ${id} (${timeZone}).`;
    return { reason: 'OfferedOutsideSchedule', why };
  },

  frequencyCap: ({ rules, rule: { map }, session, request: { now } }) => {
    const cap = rules.frequencyCaps[map.action.mediaType];
    if (cap === undefined || map.ignoreFrequencyCap) return null;
    return stopByCap(cap, session.offersOf(map.action.mediaType), now);
  },

  agents: ({ rule: { target }, request: { targets } }) => {
    if (target === null || !target.routeIfAgentsAvailable) return null;
    const agents = targets.get(target.id)?.agentsOnQueue ?? null;
    if (agents !== null && agents > 0) return null;
    const why = (): string =>
      agents === null ? `Nobody tells of agents of ${target.id}.` : `No agent of ${target.id} is on queue.`;
    return { reason: 'NoAvailableAgents', why };
  },

  pacing: ({ rule: { map, target }, request: { targets } }) => {
    if (target === null || !map.action.isPacingEnabled) return null;
    const chats = targets.get(target.id)?.chats ?? null;
    const level = chats === null ? NaN : serviceLevelOf(chats);
    if (level === null || level >= target.serviceLevelFraction) return null;
    const why = (): string =>
      chats === null
        ? `The service level of ${target.id} is not known.`
        : `The service level of ${target.id} is ${percent(level)}, below ${percent(target.serviceLevelFraction)}.`;
    return { reason: 'ServiceLevelThrottling', why };
  },
};

function stopByTrigger({ map, eventTests }: MapRule, request: OfferRequest): Stop | null {
  const segments = map.triggerWithSegments;
  if (segments.length > 0 && !segments.some((segment) => request.segments.includes(segment))) {
    const why = (): string => `None of these segments is assigned: ${segments.join(', ')}.`;
    return { reason: 'NotTriggered', why };
  }
  const failed = eventTests.find((test) => !request.events.some((event) => meets(event, test)))?.condition;
  if (failed === undefined) return null;
  const why = (): string =>
    `No event ${failed.eventName} with ${failed.key} that meets: ${conditionInWords(failed)}.`;
  return { reason: 'NotTriggered', why };
}

function meets(event: CustomerEvent, { condition, holds }: Test<EventCondition>): boolean {
  const { attributes } = event;
  return (
    event.streamType === condition.streamType &&
    event.sessionType === condition.sessionType &&
    event.eventName === condition.eventName &&
    Object.hasOwn(attributes, condition.key) &&
    holds(String(attributes[condition.key]).toLowerCase())
  );
}

/** A map that qualifies with this very request has waited for nothing yet. */
function stopByActivation({ rule: { map }, goingOn, request: { now } }: Candidate): Stop | null {
  const { activation } = map;
  if (goingOn.kind === 'failed') return null;
  switch (activation.type) {
    case 'immediate':
      return null;
    case 'delay': {
      const since = goingOn.kind === 'qualified' ? goingOn.since : now;
      const until = since + activation.delayInSeconds * 1000;
      if (now >= until) return null;
      return { reason: 'TriggerDateInFuture', why: () => `The delay ends at ${timeInWords(until)}.` };
    }
    case 'on-next-visit':
    case 'on-next-session': {
      if (goingOn.kind === 'qualified' && !goingOn.inThisSession) return null;
      return {
        reason: 'TriggerDateInFuture',
        why: () => 'The map qualified in this session and is shown in a later one.',
      };
    }
    default:
      return assertNever(activation);
  }
}

function stopByOther({ kind, actionMapId }: InTheWay): Stop {
  const states = { open: 'is open', waiting: 'has events that wait', reserved: 'is promised' };
  const why = (): string => `The offer of ${actionMapId}, of the same media type, ${states[kind]}.`;
  return { reason: 'MediaTypeBusy', blockingActionMapId: actionMapId, why };
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10} %`;
}
