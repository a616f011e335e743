import type { RecordKind } from './record-types.ts';

/** Every topic by its role; nobody else spells these names. */
export const topicNames = {
  events: 'webactions.events.v1',
  metrics: 'webactions.metrics.v1',
  deadLetters: 'webactions.dead-letters.v1',
  offerStates: 'webactions.offer-states.v1',
  blockedOffers: 'webactions.blocked-offers.v1',
  timers: 'webactions.timers.v1',
  actionMaps: 'webactions.action-maps.v1',
} as const;

export type Topic = keyof typeof topicNames;

/** The topic's name in one installation; the prefix is that of its `KafkaConnection`, empty for none. */
export function topicName(topic: Topic, topicPrefix: string): string {
  return `${topicPrefix}${topicNames[topic]}`;
}

/**
 * The topic whose subject holds the schema of each kind of record. Timers also travel through the events topic, yet
 * their schema stays with the timers topic: two different records cannot be compatible versions of one subject, and
 * a reader finds the schema by the id in the bytes, whatever its subject.
 */
const topicOfRecord: Readonly<Record<RecordKind, Topic>> = {
  event: 'events',
  metric: 'metrics',
  offerState: 'offerStates',
  timer: 'timers',
  blockedOffer: 'blockedOffers',
  actionMaps: 'actionMaps',
};

/** The registry's subject for values of this kind. */
export function subjectOf(kind: RecordKind, topicPrefix: string): string {
  return `${topicName(topicOfRecord[kind], topicPrefix)}-value`;
}
