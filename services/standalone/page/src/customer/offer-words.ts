import type { EarlyEvent, OfferState } from '@offerlock/lifecycle';
import type { CustomerOffers, LifecycleDescription } from '@offerlock/standalone';
import { assertNever } from '../shared/assert-never.ts';
import { format } from '../shared/format.ts';
import { stateLabel } from '../shared/words.ts';
import { missingSteps } from './missing-steps.ts';

/** What is known of one action map of a customer. */
export type Offer = CustomerOffers['offers'][number];

/** The server sends the state as the projection holds it. */
export function stateOf(offer: Offer): OfferState {
  return offer.state as OfferState;
}

export function standingLabel(standing: Offer['standing']): string {
  switch (standing) {
    case 'locked':
      return 'Locked';
    case 'pending':
      return 'Waiting';
    case 'open':
      return 'Open';
    default:
      return assertNever(standing);
  }
}

/** What the lock means for the customer; null while there is none. `lifecycle` is null while it is not known. */
export function lockSentence({ locked }: OfferState, lifecycle: LifecycleDescription | null): string | null {
  if (locked === null) return null;
  return `It ended as ${stateLabel(locked.state).toLowerCase()} and ${againSentence(lifecycle?.reoffer ?? { scope: 'never' })}.`;
}

function againSentence(reoffer: LifecycleDescription['reoffer']): string {
  switch (reoffer.scope) {
    case 'never':
      return 'will not be offered again';
    case 'session':
      return 'will not be offered again during the same visit';
    case 'after':
      return reoffer.afterMs === 0
        ? 'may run again at once'
        : `will not be offered again for ${format.duration(reoffer.afterMs)} after that`;
    default:
      return assertNever(reoffer);
  }
}

/** What an early event waits for. */
export function waitingSentence(
  { event }: EarlyEvent,
  state: OfferState,
  lifecycles: readonly LifecycleDescription[],
): string {
  const lifecycle = lifecycles.find(({ mediaType }) => mediaType === event.actionMediaType);
  const from = event.actionId === state.actionId ? state.status : 'none';
  const missing = lifecycle === undefined ? null : missingSteps(lifecycle, from, event.actionState);
  if (missing === null || missing.length === 0) return 'waits for a step before it that has not arrived';
  return `waits for ${list(missing.map((step) => stateLabel(step).toLowerCase()))}, not arrived yet`;
}

/** What may happen next. */
export function nextSentence({ next, standing }: Offer): string {
  if (standing === 'locked') return 'Nothing can follow.';
  if (next.length === 0) return 'No further step is known.';
  return 'May follow:';
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
