/**
 * The gates of an offer, in the order in which they are asked. The first that is closed stops a map. Up to `trigger`
 * they say whether the map qualifies; after it, a map that has qualified is held back.
 */
export const offerGates = [
  { gate: 'ready', asks: 'Is the projection complete?' },
  { gate: 'active', asks: 'Is the map switched on, and now between its start and its end?' },
  { gate: 'lifecycle', asks: 'Is its own offer neither over, nor open, nor promised, nor unexplained?' },
  { gate: 'trigger', asks: 'Do its segments and events fit, or has it qualified before?' },
  { gate: 'mediaType', asks: 'Is no other offer of its media type open, promised or unexplained?' },
  { gate: 'page', asks: "Does the page's URL meet every condition?" },
  { gate: 'activation', asks: 'Is the delay over, or this the later session?' },
  { gate: 'schedule', asks: 'Are the hours open, and no emergency declared?' },
  { gate: 'frequencyCap', asks: 'Does the cap of its media type allow one more in this session?' },
  { gate: 'priority', asks: 'Is it the first of its media type, by weight and share?' },
  { gate: 'agents', asks: 'Is an agent on queue, where the target asks for one?' },
  { gate: 'pacing', asks: 'Does the target keep its service level?' },
] as const;

export type OfferGate = (typeof offerGates)[number]['gate'];

interface ReasonFacts {
  readonly gate: OfferGate;
  /** The vendor's name of the same thing; null where it has none. */
  readonly vendorReason: string | null;
  readonly meaning: string;
}

/** Why a map is not offered: every reason with the gate that gives it. */
export const offerReasons = {
  Unavailable: {
    gate: 'ready',
    vendorReason: null,
    meaning: 'The projection is not complete, so nothing is known for certain',
  },
  Inactive: { gate: 'active', vendorReason: null, meaning: 'The map is switched off' },
  OutsideDates: {
    gate: 'active',
    vendorReason: null,
    meaning: 'The map has not begun or has ended',
  },
  TerminalState: {
    gate: 'lifecycle',
    vendorReason: null,
    meaning: 'The offer is over, and the re-offer scope does not allow another',
  },
  Pending: {
    gate: 'lifecycle',
    vendorReason: null,
    meaning: 'Events wait for their predecessor, or lie in the future',
  },
  AlreadyExistingOffer: {
    gate: 'lifecycle',
    vendorReason: 'AlreadyExistingOffer',
    meaning: 'Its offer is open',
  },
  Reserved: {
    gate: 'lifecycle',
    vendorReason: 'AlreadyExistingOffer',
    meaning: 'Its offer is promised and not shown yet',
  },
  NotTriggered: {
    gate: 'trigger',
    vendorReason: null,
    meaning: 'No listed segment is assigned, or an event condition does not hold',
  },
  MediaTypeBusy: {
    gate: 'mediaType',
    vendorReason: 'AlreadyExistingOffer',
    meaning: 'The offer of another map of the media type is open, promised or unexplained',
  },
  PageUrlConditionsNotMatching: {
    gate: 'page',
    vendorReason: 'PageUrlConditionsNotMatching',
    meaning: 'A condition on the URL does not hold',
  },
  TriggerDateInFuture: {
    gate: 'activation',
    vendorReason: 'TriggerDateInFuture',
    meaning: 'The delay is not over, or it is still the session in which the map qualified',
  },
  OfferedOutsideSchedule: {
    gate: 'schedule',
    vendorReason: 'OfferedOutsideSchedule',
    meaning: 'Outside of the opening hours',
  },
  EmergencyClosure: {
    gate: 'schedule',
    vendorReason: 'OfferedOutsideSchedule',
    meaning: 'Its emergency group is active',
  },
  FrequencyCapping: {
    gate: 'frequencyCap',
    vendorReason: 'FrequencyCapping',
    meaning: 'The cap of the media type is reached in this session',
  },
  MultipleSimultaneousOffers: {
    gate: 'priority',
    vendorReason: 'MultipleSimultaneousOffers',
    meaning: 'Another map of the media type goes first',
  },
  NoAvailableAgents: {
    gate: 'agents',
    vendorReason: 'NoAvailableAgents',
    meaning: 'No agent is on queue, or nobody tells',
  },
  ServiceLevelThrottling: {
    gate: 'pacing',
    vendorReason: 'ServiceLevelThrottling',
    meaning: 'The service level is below its floor, or not known',
  },
} as const satisfies Readonly<Record<string, ReasonFacts>>;

export type OfferReason = keyof typeof offerReasons;

/** The vendor's names of what a frequency cap does. */
export type FrequencyCapBehaviour = 'CapOnceFinalized' | 'CapOnceRejected' | 'CapForPeriod';

/** What stopped a map. */
export interface Stop {
  readonly reason: OfferReason;
  /** In plain words, a whole sentence. A function, because only explanations need it. */
  readonly why: () => string;
  /** The map that is in the way, where one is. */
  readonly blockingActionMapId?: string;
  readonly frequencyCap?: FrequencyCapBehaviour;
}

/** A time as explanations print it. */
export function timeInWords(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}
