import type { ProjectedOffer } from './ports.ts';

/** Whether nothing was folded between the two: both hold the same maps, in order, at the same positions. */
export function isSameProjection(
  before: readonly ProjectedOffer[],
  after: readonly ProjectedOffer[],
): boolean {
  return (
    before.length === after.length &&
    before.every(
      ({ actionMapId, offer }, index) =>
        after[index]?.actionMapId === actionMapId && after[index].offer.position === offer.position,
    )
  );
}
