import type { OfferKey } from '../ports.ts';

/**
 * Splits offers into groups for one script call each, as lists of their indexes. Offers of one customer stay together,
 * even beyond `offersMax`, so with 1 each group is one customer.
 */
export function groupOffers(keys: readonly OfferKey[], offersMax: number): readonly (readonly number[])[] {
  const byCustomer = new Map<string, number[]>();
  for (const [index, { customer }] of keys.entries()) {
    const indexes = byCustomer.get(customer);
    if (indexes === undefined) byCustomer.set(customer, [index]);
    else indexes.push(index);
  }
  const groups: number[][] = [];
  let group: number[] = [];
  for (const indexes of byCustomer.values()) {
    if (group.length > 0 && group.length + indexes.length > offersMax) {
      groups.push(group);
      group = [];
    }
    group.push(...indexes);
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
