/** Which times of events are believed. */
export interface EventTimes {
  /** An event that occurred longer ago, in ms, is refused. */
  readonly ageMaxMs: number;
  /** An event that is this far ahead of the server, in ms, is refused. */
  readonly aheadMaxMs: number;
}

/** A client's clock may be so wrong, in ms, and nothing is corrected: the way to the server takes time, too. */
export const clockToleranceMs = 30_000;

/**
 * How much must be added to what the client's clock says, in ms.
 *
 * @param sentAt By the client's clock, when it sent the request; null if it does not say.
 */
export function clockCorrection(sentAt: number | null, receivedAt: number): number {
  if (sentAt === null) return 0;
  const behindMs = receivedAt - sentAt;
  return Math.abs(behindMs) <= clockToleranceMs ? 0 : behindMs;
}

/** What was expected of the time, or null when it is believed. */
export function checkTimes(
  { occurredAt, receivedAt }: { readonly occurredAt: number; readonly receivedAt: number },
  { ageMaxMs, aheadMaxMs }: EventTimes,
): string | null {
  if (occurredAt < receivedAt - ageMaxMs) return `a time at most ${ageMaxMs} ms ago`;
  if (occurredAt > receivedAt + aheadMaxMs) return `a time at most ${aheadMaxMs} ms ahead`;
  return null;
}
