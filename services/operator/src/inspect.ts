import { OfferlockError, type OfferState } from '@offerlock/lifecycle';
import type { ProjectedOffer } from '@offerlock/projection';
import { describeCustomer, type InspectedOffer } from './describe-customer.ts';
import type { Systems, Terminal } from './ports.ts';
import { UsageError } from './usage-error.ts';

export interface InspectOptions {
  /** The customer's id, or `tenantId/customerId`. */
  readonly customer: string;
  readonly tenant: string;
  readonly json: boolean;
}

/** `offerlock inspect`. False when nothing is known of the customer. */
export async function inspect(
  systems: Pick<Systems, 'openProjectionReader'>,
  terminal: Terminal,
  options: InspectOptions,
): Promise<boolean> {
  const customer = customerOf(options);
  const reader = systems.openProjectionReader();
  let offers: readonly InspectedOffer[];
  try {
    offers = (await reader.offersOf(customer)).map((projected) => inspectedOf(customer, projected));
  } finally {
    await reader.close();
  }
  if (options.json) terminal.print(JSON.stringify({ customer, offers }, null, 2));
  else if (offers.length > 0) terminal.print(describeCustomer(customer, offers));
  else {
    terminal.note(
      `Nothing is known of customer ${customer}: no event was applied yet, or the state has expired. ` +
        'Is the id right, and the tenant?',
    );
  }
  return offers.length > 0;
}

function customerOf({ customer, tenant }: InspectOptions): string {
  const parts = customer.split('/');
  if (parts.length > 2 || parts.includes('')) {
    throw new UsageError(`expected a customer's id, or tenant/id, got ${JSON.stringify(customer)}`);
  }
  return parts.length === 2 ? customer : `${tenant}/${customer}`;
}

function inspectedOf(customer: string, { actionMapId, offer }: ProjectedOffer): InspectedOffer {
  try {
    return { actionMapId, position: offer.position, state: JSON.parse(offer.stateJson) as OfferState };
  } catch (cause) {
    throw new OfferlockError(
      'PROJECTION_CORRUPT',
      `the state of ${customer}, action map ${actionMapId}, is not JSON`,
      { details: { customer, actionMapId }, cause },
    );
  }
}
