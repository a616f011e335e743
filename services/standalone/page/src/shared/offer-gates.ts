import type { OfferGate, OfferReason } from '@offerlock/lifecycle';

/** The gates in their order, as they are called on the page. */
export const gateLabels: Readonly<Record<OfferGate, string>> = {
  ready: 'Ready',
  active: 'Active',
  lifecycle: 'Lifecycle',
  trigger: 'Trigger',
  mediaType: 'Media type',
  page: 'Page',
  activation: 'Activation',
  schedule: 'Schedule',
  frequencyCap: 'Frequency cap',
  priority: 'Priority',
  agents: 'Agents',
  pacing: 'Pacing',
};

export const gateOrder = Object.keys(gateLabels) as readonly OfferGate[];

/** Why a map is not offered, for people who do not know the code, where the server gives no sentence of its own. */
export const offerReasonSentences: Readonly<Record<OfferReason, string>> = {
  Unavailable: 'What is known of the customer may not be complete.',
  Inactive: 'The map is switched off.',
  OutsideDates: 'The map has not begun or has ended.',
  TerminalState: 'Its offer is over and locked for this customer.',
  Pending: 'An event waits for the one before it, or the last steps are not in the past yet.',
  AlreadyExistingOffer: 'Its offer is open.',
  Reserved: 'Its offer is promised and not shown yet.',
  NotTriggered: 'No listed segment is assigned, or an event is missing.',
  MediaTypeBusy: 'Another offer of its media type is open, promised or unexplained.',
  PageUrlConditionsNotMatching: 'The address of the page does not fit.',
  TriggerDateInFuture: 'It waits for its delay, or for a later session.',
  OfferedOutsideSchedule: 'It is outside of the opening hours.',
  EmergencyClosure: 'Its emergency group is active.',
  FrequencyCapping: 'Enough was offered in this session.',
  MultipleSimultaneousOffers: 'Another map of its media type goes first.',
  NoAvailableAgents: 'No agent is on queue, or nobody tells.',
  ServiceLevelThrottling: 'The service level is below its floor, or not known.',
};
