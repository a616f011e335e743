/** Media types that are shown to a visitor, so that a trigger decides on them. */
export const offeredMediaTypes = ['webchat', 'webMessagingOffer', 'contentOffer', 'openAction'] as const;
export type OfferedMediaType = (typeof offeredMediaTypes)[number];

/** How a text is compared with the values of a condition; always without regard to case. */
export const conditionOperators = [
  'containsAll',
  'containsAny',
  'notContainsAll',
  'notContainsAny',
  'equal',
  'notEqual',
  'greaterThan',
  'greaterThanOrEqual',
  'lessThan',
  'lessThanOrEqual',
  'startsWith',
  'endsWith',
] as const;
export type ConditionOperator = (typeof conditionOperators)[number];

export interface Condition {
  readonly operator: ConditionOperator;
  /** One or more; exactly one number with the four operators that compare sizes. */
  readonly values: readonly string[];
}

export const streamTypes = ['Web', 'Custom', 'Conversation', 'App'] as const;
export type StreamType = (typeof streamTypes)[number];

/** What one event of the customer must have said. */
export interface EventCondition extends Condition {
  readonly streamType: StreamType;
  /** Kind of the session the event belongs to, such as `web`. */
  readonly sessionType: string;
  readonly eventName: string;
  /** The attribute of the event that is compared. */
  readonly key: string;
}

/** When a map that has qualified may be shown. */
export type Activation =
  | { readonly type: 'immediate' }
  /** So long after the map qualified in this session. */
  | { readonly type: 'delay'; readonly delayInSeconds: number }
  /** In a later session than the one in which the map qualified. The two names mean the same here. */
  | { readonly type: 'on-next-visit' }
  | { readonly type: 'on-next-session' };

/** What the visitor reads. */
export interface Invitation {
  readonly title: string;
  readonly prompt: string;
  readonly acceptText: string;
  readonly declineText: string;
}

/** A rule that offers something. One version of it never changes; the greatest version of an id is in force. */
export interface ActionMap {
  readonly id: string;
  readonly version: number;
  readonly displayName: string;
  readonly isActive: boolean;
  /** ISO 8601 with an offset. The map is in force from then on, and before `endDate`. */
  readonly startDate: string;
  readonly endDate: string | null;
  /** 1 low, 2 medium, 3 high. */
  readonly weight: 1 | 2 | 3;
  /** Any of them must be assigned; none listed: no segment is asked for. */
  readonly triggerWithSegments: readonly string[];
  /** Each must hold of some event; none listed: no event is asked for. */
  readonly triggerWithEventConditions: readonly EventCondition[];
  /** Each must hold of the page's URL. */
  readonly pageUrlConditions: readonly Condition[];
  readonly activation: Activation;
  readonly action: {
    readonly mediaType: OfferedMediaType;
    readonly actionTargetId: string | null;
    /** Whether the service level of the target holds the map back. */
    readonly isPacingEnabled: boolean;
    readonly invitation: Invitation;
  };
  readonly scheduleGroupId: string | null;
  readonly emergencyScheduleGroupId: string | null;
  readonly ignoreFrequencyCap: boolean;
}

/** The queue or team that takes the chats of an action map. */
export interface ActionTarget {
  readonly id: string;
  readonly displayName: string;
  /** Whether its maps are held back while no agent is on queue. */
  readonly routeIfAgentsAvailable: boolean;
  /** The floor that pacing keeps: this fraction of chats is to be engaged within `serviceLevelMs`. */
  readonly serviceLevelFraction: number;
  readonly serviceLevelMs: number;
  /** Chats that the visitor gave up sooner do not count. */
  readonly shortAbandonMs: number;
}

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof weekdays)[number];

/** Opening hours by the clock on the wall. */
export interface ScheduleGroup {
  readonly id: string;
  readonly displayName: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** `HH:MM`, `to` exclusive and up to `24:00`. Hours over midnight are two entries. */
  readonly open: readonly { readonly days: readonly Weekday[]; readonly from: string; readonly to: string }[];
  /** `YYYY-MM-DD`, both days inclusive. */
  readonly closed: readonly { readonly from: string; readonly to: string }[];
}

/** A switch that closes every map that names it, whatever the hour. */
export interface EmergencyScheduleGroup {
  readonly id: string;
  readonly displayName: string;
  readonly isActive: boolean;
}

/** What holds back further offers of one media type in the same session, across maps. */
export interface FrequencyCap {
  /** After a conversation. */
  readonly capOnceFinalized: boolean;
  /** After a rejection. */
  readonly capOnceRejected: boolean;
  /** `HH:MM` to wait after an offer; without effect while both switches are on. */
  readonly capForPeriod: string | null;
}

/** Everything that decides on offers, as one file has it. */
export interface ActionMapsFile {
  readonly actionMaps: readonly ActionMap[];
  readonly actionTargets: readonly ActionTarget[];
  readonly scheduleGroups: readonly ScheduleGroup[];
  readonly emergencyScheduleGroups: readonly EmergencyScheduleGroup[];
  readonly frequencyCaps: { readonly [MediaType in OfferedMediaType]?: FrequencyCap };
}
