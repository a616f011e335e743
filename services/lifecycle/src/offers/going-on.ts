import type { OfferState } from '../offer-state.ts';
import type { MapRule } from './offer-rules.ts';
import type { SessionView } from './session.ts';

/**
 * What of a map's present action a decision builds on:
 * - `fresh`: nothing; an offer begins with a new action;
 * - `qualified`: it has qualified at `since` and was not offered yet;
 * - `failed`: it was offered in this session and the browser could not show it, so it is tried again.
 */
export type GoingOn =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'qualified'; readonly since: number; readonly inThisSession: boolean }
  | { readonly kind: 'failed' };

const fresh: GoingOn = { kind: 'fresh' };

/** An action goes on within its session. Only a map that is to be shown in a later one waits for that. */
export function goingOnWith({ map }: MapRule, state: OfferState | null, session: SessionView): GoingOn {
  if (state === null || state.locked !== null) return fresh;
  // An earlier version of the map may have had another media type, and an action keeps the one it began with.
  if (state.mediaType !== map.action.mediaType) return fresh;
  const inThisSession = session.isCurrent(state);
  if (state.status === 'errored') return inThisSession ? { kind: 'failed' } : fresh;
  if (state.status !== 'qualified') return fresh;
  return inThisSession || waitsForLaterSession(map)
    ? { kind: 'qualified', since: state.enteredAt, inThisSession }
    : fresh;
}

export function waitsForLaterSession({ activation }: MapRule['map']): boolean {
  return activation.type === 'on-next-visit' || activation.type === 'on-next-session';
}
