import type { Counters } from '../counters/counters.ts';
import type { CustomerIndex, LogView } from '../ports.ts';
import { demoTenant } from './demo-traffic.ts';

const looked = 100;

/**
 * Whether simulated visitors harm nobody: all that is known, and all that came last and may not be counted yet, is
 * theirs. Data that was brought from another installation is in nobody's counts.
 */
export function holdsOnlyDemo(parts: {
  readonly counters: Counters;
  readonly log: LogView;
  readonly customers: CustomerIndex;
}): boolean {
  if (parts.customers.hasTenantsBeside(demoTenant)) return false;
  const tenants = Object.keys(parts.counters.tenants());
  if (tenants.some((tenant) => tenant !== demoTenant && tenant !== '')) return false;
  return Array.from({ length: parts.log.partitions }, (_, partition) =>
    parts.log.events.latest(partition, looked),
  ).every((records) =>
    records.every(({ key }) => key === null || key.toString('latin1').startsWith(`${demoTenant}/`)),
  );
}
