import { customerKeyOf, type Lifecycles, type OfferState } from '@offerlock/lifecycle';
import type { ProjectedOffer, ProjectionReader } from '@offerlock/projection';
import type { CustomerOffers, FoundCustomers } from '../page-api.ts';
import type { CustomerIndex } from '../ports.ts';

export const customersMax = 100;

/** Customers whose ids begin so, of one tenant or of all that are given, in order. */
export function findCustomers(
  index: CustomerIndex,
  tenants: readonly string[],
  prefix: string,
  limit: number,
): FoundCustomers {
  const found: { tenantId: string; customerId: string }[] = [];
  for (const tenantId of tenants) {
    // One more than wanted, to know whether there are more.
    const wanted = limit + 1 - found.length;
    if (wanted <= 0) break;
    for (const customerId of index.customersStartingWith(tenantId, prefix, wanted)) {
      found.push({ tenantId, customerId });
    }
  }
  return { customers: found.slice(0, limit), more: found.length > limit };
}

/** What is known of one customer; null where that is nothing. Error: `PROJECTION_UNAVAILABLE`. */
export async function offersOfCustomer(
  reader: ProjectionReader,
  lifecycles: Lifecycles,
  customer: { readonly tenantId: string; readonly customerId: string },
): Promise<CustomerOffers | null> {
  const offers = await reader.offersOf(customerKeyOf(customer));
  if (offers.length === 0) return null;
  return { ...customer, offers: offers.map((projected) => offerOf(projected, lifecycles)) };
}

function offerOf(
  { actionMapId, offer }: ProjectedOffer,
  lifecycles: Lifecycles,
): CustomerOffers['offers'][number] {
  const state = JSON.parse(offer.stateJson) as OfferState;
  return {
    actionMapId,
    position: offer.position,
    state,
    next: nextSteps(state, lifecycles),
    standing: standingOf(state),
  };
}

function standingOf(state: OfferState): 'locked' | 'pending' | 'open' {
  if (state.locked !== null) return 'locked';
  return state.early.length > 0 ? 'pending' : 'open';
}

/** Steps of the present action; another action may always begin with an initial one while the map is open. */
function nextSteps(state: OfferState, lifecycles: Lifecycles): readonly string[] {
  const lifecycle = lifecycles.get(state.mediaType);
  if (lifecycle === undefined || state.locked !== null) return [];
  const { initial, transitions, retry } = lifecycle;
  if (state.status === 'none') return initial;
  const steps = transitions[state.status] ?? [];
  return retry?.after === state.status ? [...steps, retry.with] : steps;
}
