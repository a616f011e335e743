import { offsetOfPosition } from '@offerlock/projection';
import type { Installation } from './installation.ts';

/** The greatest offset that the projection holds a state of; for an installation with one partition. */
export async function latestProjected(installation: Installation): Promise<bigint> {
  const { customers } = (await installation.compare()).truth;
  let latest = -1n;
  for (const customer of customers) {
    for (const { offer } of await installation.projection.offersOf(customer)) {
      const offset = offsetOfPosition(offer.position);
      if (offset > latest) latest = offset;
    }
  }
  return latest;
}
