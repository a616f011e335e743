import type { FoundCustomers } from '../page-api.ts';
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
