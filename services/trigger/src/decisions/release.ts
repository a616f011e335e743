import { OfferlockError } from '@offerlock/lifecycle';
import type { OfferDesk } from '@offerlock/projection';

/** Takes back the promise of an action that was not shown. */
export interface ReleaseRequest {
  /** `tenantId/customerId`. */
  readonly customer: string;
  readonly actionId: string;
  /**
   * Which promise, as the decision named it; null for the present one. An action that was released may be promised
   * again, and a release that is repeated must not take that back.
   */
  readonly reservedUntil: number | null;
}

const triesMax = 10;

/** False where there is no such promise (any more). Error: `PROJECTION_UNAVAILABLE`. */
export async function releaseOffer(desk: OfferDesk, request: ReleaseRequest): Promise<boolean> {
  const { customer, actionId, reservedUntil } = request;
  if (reservedUntil === null) return desk.release(customer, actionId);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const view = await desk.read(customer, null);
    const promised = view.pending.find(
      (offer) => offer.actionId === actionId && offer.reserved?.until === reservedUntil,
    );
    if (promised === undefined) return false;
    const put = [{ ...promised, reserved: null }];
    if ((await desk.write(customer, view, { put, remove: [], answer: null })) === 'written') return true;
  }
  throw new OfferlockError(
    'PROJECTION_UNAVAILABLE',
    `could not release an offer: its customer changed ${triesMax} times meanwhile, or the projection is not complete`,
    { details: { customer, actionId } },
  );
}
