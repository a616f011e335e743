import { conditionOperators, offeredMediaTypes, streamTypes, weekdays } from './action-map.ts';
import type { JsonSchema } from './json-schema.ts';

const id: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9_.:@-]{1,128}$',
  title: '1 to 128 characters of A-Z a-z 0-9 _ . : @ -',
};
const moment: JsonSchema = {
  type: 'string',
  pattern:
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})$',
  title: 'a date and time with an offset, such as 2026-05-01T08:00:00+02:00',
};
const date: JsonSchema = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  title: 'a date, such as 2026-12-24',
};
const clock: JsonSchema = {
  type: 'string',
  pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  title: 'a time of day, such as 08:30, up to 24:00',
};
const period: JsonSchema = {
  type: 'string',
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  title: 'hours and minutes, such as 00:30, up to 23:59',
};
const name: JsonSchema = { type: 'string', minLength: 1, maxLength: 256 };
const text: JsonSchema = { type: 'string', maxLength: 2048 };
const reference = orNull(id);
const values: JsonSchema = { type: 'array', items: name, minItems: 1, maxItems: 100 };
const operator: JsonSchema = { type: 'string', enum: conditionOperators };

function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((field) => properties[field]?.default === undefined),
    additionalProperties: false,
  };
}

/** A text that may be left out. */
function orNull(schema: JsonSchema): JsonSchema {
  return { ...schema, type: ['string', 'null'], default: null };
}

function listOf(items: JsonSchema, maxItems: number, beside: JsonSchema = {}): JsonSchema {
  return { type: 'array', items, maxItems, ...beside };
}

const activations: readonly JsonSchema[] = [
  object({ type: { const: 'immediate' } }),
  object({
    type: { const: 'delay' },
    delayInSeconds: { type: 'integer', minimum: 1, maximum: 1740 },
  }),
  object({ type: { const: 'on-next-visit' } }),
  object({ type: { const: 'on-next-session' } }),
];

const cap: JsonSchema = { $ref: '#/$defs/frequencyCap' };

/**
 * JSON Schema (draft 2020-12) of an action map file. `checkActionMaps` reads it too, so the two cannot disagree on the
 * shape; what no schema can say (references, time zones, immutable versions) is in `checkActionMaps` alone.
 */
export const actionMapsSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:offerlock:action-maps:v1',
  title: 'Action maps',
  ...object({
    actionMaps: listOf({ $ref: '#/$defs/actionMap' }, 1000),
    actionTargets: listOf({ $ref: '#/$defs/actionTarget' }, 1000, { default: [] }),
    scheduleGroups: listOf({ $ref: '#/$defs/scheduleGroup' }, 1000, { default: [] }),
    emergencyScheduleGroups: listOf({ $ref: '#/$defs/emergencyScheduleGroup' }, 1000, { default: [] }),
    frequencyCaps: {
      type: 'object',
      properties: Object.fromEntries(offeredMediaTypes.map((mediaType) => [mediaType, cap])),
      additionalProperties: false,
      default: {},
      description: 'By media type; a media type without an entry has no cap.',
    },
  }),
  $defs: {
    actionMap: object({
      id: { ...id, description: 'Names the map for all time; its lock belongs to this id.' },
      version: {
        type: 'integer',
        minimum: 1,
        maximum: 2147483647,
        description: 'The greatest version of an id is in force. A version never changes.',
      },
      displayName: { ...name, description: 'For people.' },
      isActive: { type: 'boolean', default: true, description: 'Whether the map is switched on.' },
      startDate: { ...moment, description: 'In force from then on.' },
      endDate: {
        ...orNull(moment),
        description: 'In force before then; null for no end.',
      },
      weight: { type: 'integer', enum: [1, 2, 3], default: 2, description: '1 low, 2 medium, 3 high.' },
      triggerWithSegments: listOf(name, 100, {
        default: [],
        description: 'Any of them must be assigned to the customer.',
      }),
      triggerWithEventConditions: listOf({ $ref: '#/$defs/eventCondition' }, 100, {
        default: [],
        description: 'Each must hold of an event of the customer.',
      }),
      pageUrlConditions: listOf({ $ref: '#/$defs/condition' }, 100, {
        default: [],
        description: "Each must hold of the page's URL.",
      }),
      activation: {
        oneOf: activations,
        default: { type: 'immediate' },
        description: '`{ "type": … }`: when a map that has qualified may be shown.',
      },
      action: { $ref: '#/$defs/action', description: 'What is offered.' },
      scheduleGroupId: { ...reference, description: 'Opening hours; null: always open.' },
      emergencyScheduleGroupId: { ...reference, description: 'The switch that closes the map at once.' },
      ignoreFrequencyCap: {
        type: 'boolean',
        default: false,
        description: 'Whether frequency caps do not hold this map back.',
      },
    }),
    action: object({
      mediaType: { type: 'string', enum: offeredMediaTypes, description: 'What kind of offer it is.' },
      actionTargetId: { ...reference, description: 'Who takes the chat.' },
      isPacingEnabled: {
        type: 'boolean',
        default: true,
        description: 'Whether the service level of the target holds the map back.',
      },
      invitation: { $ref: '#/$defs/invitation', description: 'What the visitor reads.' },
    }),
    invitation: object({
      title: { ...text, default: '', description: 'Heading.' },
      prompt: { ...text, minLength: 1, description: 'The invitation itself.' },
      acceptText: { ...text, default: '', description: 'On the button that accepts.' },
      declineText: { ...text, default: '', description: 'On the button that declines.' },
    }),
    condition: object({
      operator: { ...operator, description: 'How it is compared.' },
      values: { ...values, description: 'With what.' },
    }),
    eventCondition: object({
      streamType: { type: 'string', enum: streamTypes, description: 'Where the event comes from.' },
      sessionType: { ...name, default: 'web', description: 'Kind of session it belongs to.' },
      eventName: { ...name, description: 'Its name.' },
      key: { ...name, description: 'The attribute that is compared.' },
      operator: { ...operator, description: 'How.' },
      values: { ...values, description: 'With what.' },
    }),
    actionTarget: object({
      id: { ...id, description: 'What maps refer to.' },
      displayName: { ...name, description: 'For people.' },
      routeIfAgentsAvailable: {
        type: 'boolean',
        default: false,
        description: 'Whether its maps wait for an agent on queue.',
      },
      serviceLevelFraction: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.8,
        description: 'The floor that pacing keeps.',
      },
      serviceLevelMs: {
        type: 'integer',
        minimum: 0,
        maximum: 86400000,
        default: 20000,
        description: 'Within what time a started chat is to be engaged.',
      },
      shortAbandonMs: {
        type: 'integer',
        minimum: 0,
        maximum: 86400000,
        default: 0,
        description: 'Chats given up sooner do not count.',
      },
    }),
    scheduleGroup: object({
      id: { ...id, description: 'What maps refer to.' },
      displayName: { ...name, description: 'For people.' },
      timeZone: { ...name, description: 'IANA name, such as `Europe/Berlin`.' },
      open: listOf({ $ref: '#/$defs/openingHours' }, 100, { minItems: 1, description: 'Opening hours.' }),
      closed: listOf({ $ref: '#/$defs/closedDays' }, 1000, {
        default: [],
        description: 'Days without them.',
      }),
    }),
    openingHours: object({
      days: listOf({ type: 'string', enum: weekdays }, 7, { minItems: 1, description: 'On which days.' }),
      from: { ...clock, description: 'By the clock on the wall.' },
      to: { ...clock, description: 'Exclusive, up to `24:00`.' },
    }),
    closedDays: object({
      from: { ...date, description: 'First day.' },
      to: { ...date, description: 'Last day, inclusive.' },
    }),
    emergencyScheduleGroup: object({
      id: { ...id, description: 'What maps refer to.' },
      displayName: { ...name, description: 'For people.' },
      isActive: { type: 'boolean', default: false, description: 'Whether its maps are closed now.' },
    }),
    frequencyCap: object({
      capOnceFinalized: {
        type: 'boolean',
        default: false,
        description: 'No further offer after a conversation.',
      },
      capOnceRejected: {
        type: 'boolean',
        default: false,
        description: 'No further offer after a rejection.',
      },
      capForPeriod: {
        ...orNull(period),
        description: 'Time to wait after an offer; without effect while both switches are on.',
      },
    }),
  },
};
