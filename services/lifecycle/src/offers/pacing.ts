import type { ChatCounts } from './offer-request.ts';

/** The fraction of chats that were engaged in time, 0 to 1; null while there are none to judge by. */
export function serviceLevelOf({ engaged, overServiceLevel, abandoned }: ChatCounts): number | null {
  const chats = engaged + abandoned;
  return chats === 0 ? null : (engaged - overServiceLevel) / chats;
}
