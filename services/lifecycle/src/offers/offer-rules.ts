import type { Lifecycles } from '../lifecycle.ts';
import { lifecyclesWith } from '../lifecycles.ts';
import type {
  ActionMap,
  ActionMapsFile,
  ActionTarget,
  EmergencyScheduleGroup,
  EventCondition,
  ScheduleGroup,
} from './action-map.ts';
import { testOf, type Test } from './conditions.ts';
import { openingHoursOf, type OpeningHours } from './schedule.ts';

/** Inactivity after which a session is over, in ms. */
export const sessionIdleDefaultMs = 30 * 60 * 1000;

/** What decides on offers, made ready for many decisions: one per map, in the order of their ids. */
export interface OfferRules {
  readonly maps: readonly MapRule[];
  readonly frequencyCaps: ActionMapsFile['frequencyCaps'];
  readonly lifecycles: Lifecycles;
  readonly sessionIdleMs: number;
}

/** The version in force of one action map, with what it refers to. */
export interface MapRule {
  readonly map: ActionMap;
  /** Of its `pageUrlConditions`. */
  readonly pageTests: readonly Test[];
  /** Of its `triggerWithEventConditions`. */
  readonly eventTests: readonly Test<EventCondition>[];
  readonly startAt: number;
  /** Infinity for no end. */
  readonly endAt: number;
  readonly target: ActionTarget | null;
  readonly schedule: { readonly group: ScheduleGroup; readonly isOpen: OpeningHours } | null;
  readonly emergency: EmergencyScheduleGroup | null;
}

export interface OfferRulesOptions {
  /** With the re-offer scopes that the fold has; the same ones, or the trigger promises what the fold refuses. */
  readonly lifecycles?: Lifecycles;
  readonly sessionIdleMs?: number;
}

/**
 * Makes the rules of a file that `checkActionMaps` accepted; throws on a reference to something that is missing. The
 * greatest version of an id is in force, whether or not it has begun. Costs milliseconds, so make them once per file.
 */
export function offerRulesOf(file: ActionMapsFile, options: OfferRulesOptions = {}): OfferRules {
  const inForce = new Map<string, ActionMap>();
  for (const map of file.actionMaps) {
    if (map.version > (inForce.get(map.id)?.version ?? 0)) inForce.set(map.id, map);
  }
  const schedules = new Map(
    file.scheduleGroups.map((group) => [group.id, { group, isOpen: openingHoursOf(group) }]),
  );
  const targets = new Map(file.actionTargets.map((target) => [target.id, target]));
  const emergencies = new Map(file.emergencyScheduleGroups.map((group) => [group.id, group]));

  const maps = [...inForce.values()].map((map) => ({
    map,
    pageTests: map.pageUrlConditions.map(testOf),
    eventTests: map.triggerWithEventConditions.map(testOf),
    startAt: Date.parse(map.startDate),
    endAt: map.endDate === null ? Infinity : Date.parse(map.endDate),
    target: referredTo(map, targets, map.action.actionTargetId),
    schedule: referredTo(map, schedules, map.scheduleGroupId),
    emergency: referredTo(map, emergencies, map.emergencyScheduleGroupId),
  }));
  return {
    maps: maps.sort((one, other) => (one.map.id < other.map.id ? -1 : 1)),
    frequencyCaps: file.frequencyCaps,
    lifecycles: options.lifecycles ?? lifecyclesWith(),
    sessionIdleMs: options.sessionIdleMs ?? sessionIdleDefaultMs,
  };
}

function referredTo<Entry>(
  map: ActionMap,
  entries: ReadonlyMap<string, Entry>,
  id: string | null,
): Entry | null {
  if (id === null) return null;
  const entry = entries.get(id);
  if (entry === undefined) throw new Error(`action map ${map.id}: it refers to ${id}, which is missing`);
  return entry;
}
