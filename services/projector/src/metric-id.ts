import { hash } from 'node:crypto';

/** UUIDv5 namespace of all metric ids; part of the contract, so that any program can compute them. */
const namespace = Buffer.from('6f1c9c1e3f5b4d0f9a52a3b6a9a4c7d1', 'hex');

// Ids are ASCII of at most 128 characters each, so the name always fits.
const scratch = Buffer.alloc(1024);
namespace.copy(scratch);

/** What makes a metric this metric, whoever computes it and however often. */
export interface MetricName {
  readonly tenantId: string;
  readonly customerId: string;
  readonly actionMapId: string;
  readonly actionId: string;
  readonly attempt: number;
  readonly state: string;
}

/** UUIDv5 (RFC 9562) of `tenant/customer/map/action/attempt/state`. No id can hold a slash, so names cannot collide. */
export function metricIdOf(name: MetricName): string {
  const text = `${name.tenantId}/${name.customerId}/${name.actionMapId}/${name.actionId}/${name.attempt}/${name.state}`;
  const end = namespace.length + scratch.write(text, namespace.length, 'latin1');
  const digest = hash('sha1', scratch.subarray(0, end), 'hex');
  // The variant bits `10` replace the two highest of the 17th hex digit.
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
