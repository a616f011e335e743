/** How a state is called on the page. Unknown names are shown as they are. */
export function stateLabel(state: string): string {
  return stateLabels[state] ?? state;
}

/** How a kind of outcome is called, and what it means. */
export function outcomeWords(outcome: string): { readonly label: string; readonly meaning: string } {
  return outcomes[outcome] ?? { label: outcome, meaning: '' };
}

/** Outcomes in the order in which they are shown. */
export const outcomeOrder: readonly string[] = [
  'applied',
  'repeated',
  'early',
  'untracked',
  'refused',
  'unreadable',
];

/** Why an event was refused, in a sentence for people who do not know the code. */
export function reasonSentence(reason: string): string {
  return reasons[reason] ?? 'It was not accepted.';
}

const stateLabels: Readonly<Partial<Record<string, string>>> = {
  none: 'Beginning',
  qualified: 'Qualified',
  qualifiedOutsideSchedule: 'Qualified outside schedule',
  offered: 'Offered',
  offeredOutsideSchedule: 'Offered outside schedule',
  frequencyCapReached: 'Frequency cap reached',
  accepted: 'Accepted',
  rejected: 'Rejected',
  timedout: 'Timed out',
  errored: 'Errored',
  ignored: 'Ignored',
  started: 'Started',
  engaged: 'Engaged',
  abandoned: 'Abandoned',
  completed: 'Completed',
};

const outcomes: Readonly<Partial<Record<string, { readonly label: string; readonly meaning: string }>>> = {
  applied: { label: 'Applied', meaning: 'took the next step, or filled a gap' },
  repeated: { label: 'Repeated', meaning: 'said again what was known; dropped' },
  early: { label: 'Early', meaning: 'came before its predecessor and was kept waiting' },
  untracked: { label: 'Untracked', meaning: 'is no step of the lifecycle' },
  refused: { label: 'Refused', meaning: 'is not allowed by the lifecycle' },
  unreadable: { label: 'Unreadable', meaning: 'could not be decoded' },
};

const reasons: Readonly<Partial<Record<string, string>>> = {
  UNKNOWN_STATE: 'Its lifecycle has no such state.',
  UNKNOWN_MEDIA_TYPE: 'No lifecycle is known for this media type.',
  MEDIA_TYPE_MISMATCH: 'The action began with another media type.',
  ILLEGAL_TRANSITION: 'This step cannot follow what has happened so far.',
  TERMINAL_LOCKED: 'The offer is over and locked for this customer.',
  STALE_ACTION: 'It belongs to an action that a newer one has replaced.',
  INVALID_FIELD: 'A field breaks the contract of events.',
  EARLY_OVERFLOW: 'Too many events of this offer were already waiting.',
  EARLY_EXPIRED: 'The step before it did not arrive in time.',
  UNDECODABLE: 'Its bytes are not an event.',
  UNKNOWN_SCHEMA: 'It names a schema that the registry does not know.',
};
