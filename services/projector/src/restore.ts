import type { TopicReader, TopicRecord } from '@offerlock/event-log';
import { OfferlockError } from '@offerlock/lifecycle';
import { parsePosition, type OfferWrite, type ProjectionStore } from '@offerlock/projection';
import type { Decoder, OfferStateChange } from '@offerlock/schemas';
import type { Logger } from 'pino';

export interface RestoreParts {
  readonly reader: TopicReader;
  readonly store: ProjectionStore;
  /** Decodes values of the changelog. */
  readonly decoder: Decoder<OfferStateChange>;
  readonly logger: Logger;
  /** ms since 1970. */
  readonly now: () => number;
  /** Breaks off; what was restored by then stays. */
  readonly signal: AbortSignal;
}

const savedAtOnce = 1_000;
const tellEveryMs = 5_000;

/**
 * Brings a projection that may lack anything to where the changelog is, and notes that it is ready. Newer states stay, so it
 * may run beside projectors, and several may do it at once; a repeat writes nothing. Errors: those of the log, the
 * registry and the projection, and `LOG_CORRUPT` when the changelog cannot be read.
 */
export async function restoreProjection(parts: RestoreParts): Promise<void> {
  const { reader, store, logger, now, signal } = parts;
  logger.info('the projection is not known to be complete: comparing it with the changelog');
  let read = 0;
  let restored = 0;
  let toldMs = now();
  await reader.read('offerStates', async (records) => {
    signal.throwIfAborted();
    const newest = await newestOf(records, parts.decoder);
    for (let begin = 0; begin < newest.length; begin += savedAtOnce) {
      restored += await saveNewer(store, newest.slice(begin, begin + savedAtOnce));
    }
    read += records.length;
    if (now() - toldMs < tellEveryMs) return;
    toldMs = now();
    logger.info({ read, restored }, 'restoring the projection from the changelog');
  });
  await store.noteReady();
  logger.info({ read, restored }, 'the projection is complete');
}

/** The newest state of each offer among these records. */
async function newestOf(
  records: readonly TopicRecord[],
  decoder: Decoder<OfferStateChange>,
): Promise<readonly OfferWrite[]> {
  const newest = new Map<string, OfferWrite>();
  for (const record of records) {
    // A record without value says that there is nothing to restore.
    if (record.value === null) continue;
    const decoded = decoder.decode(record.value);
    const change = decoded instanceof Promise ? await decoded : decoded;
    if ('type' in change) throw unreadable(record, change.detail);
    const position = parsePosition(change.position);
    if (position === null) throw unreadable(record, `${change.position} is no position`);
    const customer = `${change.tenantId}/${change.customerId}`;
    const id = `${customer}/${change.actionMapId}`;
    const present = newest.get(id);
    if (present !== undefined && present.position >= position) continue;
    newest.set(id, {
      key: { customer, actionMapId: change.actionMapId },
      position,
      stateJson: change.state,
      // Its event is committed, so no attempt begins before it; one that does must stop.
      before: 'unknown',
    });
  }
  return [...newest.values()];
}

/** Saves those whose position is newer than the stored one; answers with their number. */
async function saveNewer(store: ProjectionStore, writes: readonly OfferWrite[]): Promise<number> {
  for (;;) {
    const stored = await store.load(writes.map(({ key }) => key));
    const newer = writes.filter((write, index) => {
      const offer = stored[index] ?? null;
      return offer === null || offer.position < write.position;
    });
    // Superseded: a projector has saved one of them in between, and the others of its group are still to be written.
    if (newer.length === 0 || (await store.save(newer)) === 'saved') return newer.length;
  }
}

function unreadable({ partition, offset }: TopicRecord, detail: string): OfferlockError {
  return new OfferlockError(
    'LOG_CORRUPT',
    `the changelog cannot be read at offset ${offset} of partition ${partition}: ${detail}`,
    { details: { topic: 'offerStates', partition, offset: offset.toString() } },
  );
}
