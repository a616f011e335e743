import type { ActionState } from '../event.ts';
import type { OfferState } from '../offer-state.ts';
import type { FrequencyCap } from './action-map.ts';
import { minutesOf } from './schedule.ts';
import { timeInWords, type FrequencyCapBehaviour, type Stop } from './reasons.ts';

/** The offers of one media type, by action map id. */
type Offers = readonly (readonly [string, OfferState])[];

/** What a cap says to a further offer, given those of its media type in this session. */
export function stopByCap(cap: FrequencyCap, offers: Offers, now: number): Stop | null {
  // Of a content offer, which has no conversation, it is the click that locks the map.
  const finalized = cap.capOnceFinalized ? lockedBy(offers, ['engaged', 'accepted']) : null;
  if (finalized !== null) return stopAfter(finalized, 'CapOnceFinalized');
  const rejected = cap.capOnceRejected ? lockedBy(offers, ['rejected']) : null;
  if (rejected !== null) return stopAfter(rejected, 'CapOnceRejected');
  // With both switches on, the vendor ignores the wait.
  if (cap.capForPeriod === null || (cap.capOnceFinalized && cap.capOnceRejected)) return null;
  return stopForPeriod(cap.capForPeriod, offers, now);
}

function lockedBy(offers: Offers, states: readonly ActionState[]): Ended | null {
  for (const [actionMapId, { locked }] of offers) {
    if (locked !== null && states.includes(locked.state)) return { actionMapId, state: locked.state };
  }
  return null;
}

interface Ended {
  readonly actionMapId: string;
  readonly state: ActionState;
}

function stopAfter({ actionMapId, state }: Ended, frequencyCap: FrequencyCapBehaviour): Stop {
  const why = (): string => `${actionMapId} was ${state} in this session, and nothing is offered after that.`;
  return { reason: 'FrequencyCapping', frequencyCap, blockingActionMapId: actionMapId, why };
}

function stopForPeriod(period: string, offers: Offers, now: number): Stop | null {
  let last: { readonly id: string; readonly at: number } | null = null;
  for (const [id, { offeredAt }] of offers) {
    if (offeredAt !== null && (last === null || offeredAt > last.at)) last = { id, at: offeredAt };
  }
  if (last === null) return null;
  const { id, at } = last;
  const until = at + minutesOf(period) * 60_000;
  if (now >= until) return null;
  const why = (): string => `${id} was offered in this session; the next may come at ${timeInWords(until)}.`;
  return { reason: 'FrequencyCapping', frequencyCap: 'CapForPeriod', blockingActionMapId: id, why };
}
