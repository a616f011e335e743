import type { TransferRecord } from '@offerlock/event-log';
import { customerKeyOf } from '@offerlock/lifecycle';
import type { OfferTimer, RecordEncoder } from '@offerlock/schemas';

/**
 * A record of the events topic that does nothing, whoever folds it and however often: the deadline of an event that
 * nobody waits for. It holds the place of records that are gone.
 */
export function placeholderFor(
  partition: number,
  partitionOf: (key: Buffer) => number,
  encoder: RecordEncoder<OfferTimer>,
  nowMs: number,
): TransferRecord {
  for (let attempt = 0; ; attempt += 1) {
    const named = {
      tenantId: 'default',
      customerId: `offerlock-placeholder-${attempt}`,
      actionMapId: 'none',
    };
    const key = customerKeyOf(named);
    if (partitionOf(Buffer.from(key)) !== partition) continue;
    const value = encoder.encode({ ...named, eventId: nobody, offset: -1, dueAt: 0 });
    return { key, value, headers: {}, timestampMs: nowMs };
  }
}

const nobody = '00000000-0000-0000-0000-000000000000';
