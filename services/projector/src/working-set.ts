import { OfferlockError, type OfferState } from '@offerlock/lifecycle';
import type { LogBatch } from '@offerlock/event-log';
import {
  epochOfPosition,
  offsetOfPosition,
  positionOf,
  type OfferKey,
  type OfferWrite,
  type Position,
  type ProjectionStore,
  type StoredOffer,
} from '@offerlock/projection';

/** One offer while its batch is folded. */
export interface WorkingOffer {
  readonly key: OfferKey;
  readonly before: OfferWrite['before'];
  state: OfferState | null;
  /** Offset of the last event of this batch that changed the state; null while none did. */
  changedAt: bigint | null;
}

/** The offers that a batch touches, by `tenantId/customerId/actionMapId`. */
export type WorkingSet = ReadonlyMap<string, WorkingOffer>;

export function offerIdOf(customer: string, actionMapId: string): string {
  // Ids hold no slash, so two offers never share this name.
  return `${customer}/${actionMapId}`;
}

/** Loads every offer of `keys` as it was when the batch's range had not been folded yet. */
export async function loadWorkingSet(
  store: ProjectionStore,
  batch: LogBatch,
  keys: ReadonlyMap<string, OfferKey>,
): Promise<WorkingSet> {
  const offers = new Map<string, WorkingOffer>();
  const stored = await store.load([...keys.values()]);
  let index = 0;
  for (const [id, key] of keys) {
    const prior = stateAtStart(batch, key, stored[index++] ?? null);
    const state = prior === null ? null : parseState(key, prior.stateJson);
    offers.set(id, { key, before: prior, state, changedAt: null });
  }
  return offers;
}

function parseState(key: OfferKey, stateJson: string): OfferState {
  try {
    return JSON.parse(stateJson) as OfferState;
  } catch (cause) {
    const id = offerIdOf(key.customer, key.actionMapId);
    throw new OfferlockError(
      'PROJECTION_CORRUPT',
      `the state of offer ${id} is not JSON: we did not write it`,
      {
        details: { key: id },
        cause,
      },
    );
  }
}

/** What the batch has changed. */
export function writesOf(batch: LogBatch, offers: WorkingSet): readonly OfferWrite[] {
  const writes: OfferWrite[] = [];
  for (const offer of offers.values()) {
    if (offer.changedAt === null) continue;
    writes.push({
      key: offer.key,
      position: positionOf(batch.epoch, offer.changedAt),
      stateJson: JSON.stringify(offer.state),
      before: offer.before,
    });
  }
  return writes;
}

/**
 * Redis is written before Kafka commits, so a state may already hold the outcome of a range that nobody committed. Such
 * a range must be folded again from where it began, or its metrics would come out differently.
 */
function stateAtStart(
  batch: LogBatch,
  key: OfferKey,
  stored: StoredOffer | null,
): { readonly position: Position; readonly stateJson: string } | null {
  if (stored === null || offsetOfPosition(stored.position) < batch.startOffset) return stored;

  const writtenBy = epochOfPosition(stored.position);
  const place = {
    partition: batch.partition,
    key: offerIdOf(key.customer, key.actionMapId),
    storedPosition: stored.position,
    committedOffset: batch.startOffset.toString(),
  };
  if (writtenBy > batch.epoch) {
    throw new OfferlockError('CLAIM_LOST', 'a later owner of the partition has written this offer', {
      details: place,
    });
  }
  const { before } = stored;
  const startsBefore =
    before !== 'unknown' && (before === null || offsetOfPosition(before.position) < batch.startOffset);
  if (writtenBy < batch.trustedEpoch || !startsBefore) {
    throw new OfferlockError(
      'OFFSET_MOVED_BACK',
      'the committed offset lies before events that the projection already holds, and no failed batch explains it: ' +
        'somebody moved the offset, or the topic was created anew. Run `offerlock rebuild`, or set the offset back',
      { details: place },
    );
  }
  return before;
}
