import type { LogRecord } from '@offerlock/event-log';
import { checkEvent, customerKeyOf, type RefusalReason, type WebActionEvent } from '@offerlock/lifecycle';
import type { DecodedRecord, OfferTimer, RecordDecoder } from '@offerlock/schemas';

/** Why a record ends in the dead letters. Part of the contract. */
export type DeadLetterReason = RefusalReason | 'UNDECODABLE' | 'UNKNOWN_SCHEMA';

/** A record of the events topic once its bytes and fields have been checked. */
export type Incoming =
  | { readonly kind: 'event'; readonly customer: string; readonly event: WebActionEvent }
  | { readonly kind: 'timer'; readonly customer: string; readonly timer: OfferTimer }
  | {
      readonly kind: 'unusable';
      /** Whose record it is, as far as that can be told; else the empty text. */
      readonly tenantId: string;
      readonly outcome: 'unreadable' | 'refused';
      readonly reason: DeadLetterReason;
      readonly detail: string;
    };

/**
 * Decodes and checks a batch, in order. Bad bytes and bad fields are results. Rejects with `REGISTRY_UNAVAILABLE` when
 * a schema cannot be looked up now: then the whole batch must wait, because nothing may overtake the record.
 */
export async function readIncoming(
  decoder: RecordDecoder,
  records: readonly LogRecord[],
): Promise<readonly Incoming[]> {
  const incoming: Incoming[] = [];
  for (const record of records) {
    const decoded = decoder.decode(record.value);
    // Only a schema id seen for the first time gives a promise; awaiting every record would cost more than decoding.
    incoming.push(checked(record, decoded instanceof Promise ? await decoded : decoded));
  }
  return incoming;
}

function checked(record: LogRecord, decoded: DecodedRecord): Incoming {
  if (decoded.type === 'unreadable') {
    const tenantId = tenantOfKey(record.key);
    return {
      kind: 'unusable',
      tenantId,
      outcome: 'unreadable',
      reason: decoded.reason,
      detail: decoded.detail,
    };
  }
  const customer = customerKeyOf(decoded.type === 'event' ? decoded.event : decoded.timer);
  if (decoded.type === 'event') {
    const problem = checkEvent(decoded.event);
    if (problem !== null) {
      const tenantId = problem.field === 'tenantId' ? tenantOfKey(record.key) : decoded.event.tenantId;
      return invalid(tenantId, `${problem.field}: expected ${problem.expected}`);
    }
  }
  // The key chose the partition. Under another one, two owners could write the same customer.
  if (record.key?.toString('latin1') !== customer) {
    const { tenantId } = decoded.type === 'event' ? decoded.event : decoded.timer;
    return invalid(tenantId, 'key: expected the tenantId/customerId of the value');
  }
  return decoded.type === 'event'
    ? { kind: 'event', customer, event: decoded.event }
    : { kind: 'timer', customer, timer: decoded.timer };
}

function invalid(tenantId: string, detail: string): Incoming {
  return { kind: 'unusable', tenantId, outcome: 'refused', reason: 'INVALID_FIELD', detail };
}

function tenantOfKey(key: Buffer | null): string {
  return key === null ? '' : (/^([A-Za-z0-9_.:@-]{1,128})\//.exec(key.toString('latin1'))?.[1] ?? '');
}
