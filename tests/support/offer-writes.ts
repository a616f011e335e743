import { positionOf, type OfferWrite } from '@offerlock/projection';

/** A write of some state, which says who wrote it. */
export function offerWrite(customer: string, epoch: number, offset: bigint): OfferWrite {
  const position = positionOf(epoch, offset);
  return {
    key: { customer: `default/${customer}`, actionMapId: 'map' },
    position,
    stateJson: JSON.stringify({ status: 'offered', actionId: `written at ${position}` }),
    before: null,
  };
}

export function offerWrites(count: number, epoch: number, offset: bigint): readonly OfferWrite[] {
  return Array.from({ length: count }, (_, index) =>
    offerWrite(`customer-${index}`, epoch, offset + BigInt(index)),
  );
}
