/** Every state name that the wire knows, in the vendor's spelling (`timedout` is one word). */
export const actionStates = [
  'qualified',
  'qualifiedOutsideSchedule',
  'offered',
  'offeredOutsideSchedule',
  'frequencyCapReached',
  'accepted',
  'rejected',
  'timedout',
  'errored',
  'ignored',
  'started',
  'engaged',
  'abandoned',
  'completed',
] as const;

export type ActionState = (typeof actionStates)[number];

/**
 * What became of one action, as a producer reports it. Field names follow the event payload of the vendor's SDK.
 *
 * `actionState` and `actionMediaType` are plain strings, because a producer may send a value that no lifecycle knows:
 * such an event is refused, not unreadable. Times are milliseconds since 1970 (UTC).
 */
export interface WebActionEvent {
  readonly eventId: string;
  readonly tenantId: string;
  readonly customerId: string;
  readonly customerIdType: string;
  readonly sessionId: string;
  /** The one concrete offer that moves through the lifecycle. */
  readonly actionId: string;
  /** The rule that made the offer; what gets locked. */
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly actionMediaType: string;
  readonly actionState: string;
  /** When it happened, by the producer's clock. */
  readonly occurredAt: number;
  /** When the collector took it. */
  readonly receivedAt: number;
  /** Only with `errored`. */
  readonly errorCode: string | null;
  /** Only with `errored`; at most 2,048 characters. */
  readonly errorMessage: string | null;
}

/** An event with the offset of its record, which names it among all events of its partition. */
export interface IncomingEvent {
  readonly event: WebActionEvent;
  readonly offset: bigint;
}
