import type { Lifecycles, OfferState } from '@offerlock/lifecycle';
import type { CustomerView, PendingOffer, ProjectedOffer } from '@offerlock/projection';

/** What is known of the offers of one customer. */
export interface CustomerOffers {
  readonly tenantId: string;
  readonly customerId: string;
  /** Whether the projection is complete. */
  readonly ready: boolean;
  readonly offers: readonly CustomerOffer[];
  /** What decisions have said and the projection may not show yet. */
  readonly pending: readonly PendingOffer[];
}

export interface CustomerOffer {
  readonly actionMapId: string;
  /** Of the last event that changed it, as `epoch:offset` in hexadecimal. */
  readonly position: string;
  readonly state: OfferState;
  /** Steps of the present action that its lifecycle allows next; none where it is locked. */
  readonly next: readonly string[];
  /** Whether the map is closed for the customer, waits for a missing event, or is open. */
  readonly standing: 'locked' | 'pending' | 'open';
}

/** null where nothing is known of the customer. */
export function customerOffersOf(
  customer: { readonly tenantId: string; readonly customerId: string },
  { ready, offers, pending }: Pick<CustomerView, 'ready' | 'offers' | 'pending'>,
  lifecycles: Lifecycles,
): CustomerOffers | null {
  if (offers.length === 0 && pending.length === 0) return null;
  const { tenantId, customerId } = customer;
  return { tenantId, customerId, ready, offers: offers.map((offer) => offerOf(offer, lifecycles)), pending };
}

function offerOf({ actionMapId, offer }: ProjectedOffer, lifecycles: Lifecycles): CustomerOffer {
  const state = JSON.parse(offer.stateJson) as OfferState;
  return {
    actionMapId,
    position: offer.position,
    state,
    next: nextSteps(state, lifecycles),
    standing: standingOf(state),
  };
}

function standingOf(state: OfferState): CustomerOffer['standing'] {
  if (state.locked !== null) return 'locked';
  return state.early.length > 0 ? 'pending' : 'open';
}

/** Another action may always begin with an initial step while the map is open. */
function nextSteps(state: OfferState, lifecycles: Lifecycles): readonly string[] {
  const lifecycle = lifecycles.get(state.mediaType);
  if (lifecycle === undefined || state.locked !== null) return [];
  const { initial, transitions, retry } = lifecycle;
  if (state.status === 'none') return initial;
  const steps = transitions[state.status] ?? [];
  return retry?.after === state.status ? [...steps, retry.with] : steps;
}
