import { hash } from 'node:crypto';
import type { DataDirectory, StoredTable, WriteTransaction } from '@offerlock/data-directory';
import type { CustomerView, OfferDesk } from '../offer-desk.ts';
import { inOrderOfMaps } from '../pending-json.ts';
import { isSameProjection } from '../same-projection.ts';
import { emptyDesk, parseDesk, type DeskRecord } from './desk-record.ts';
import type { EmbeddedProjection } from './embedded-projection.ts';
import { writeDurably } from './write-durably.ts';

export interface EmbeddedOfferDeskOptions {
  readonly directory: DataDirectory;
  readonly projection: EmbeddedProjection;
  /** What is kept of a customer is forgotten when nobody has written any for so long. Default 24 h. */
  readonly pendingTtlMs?: number;
  /** ms since 1970. */
  readonly now?: () => number;
}

const pendingTtlMsDefault = 24 * 3_600_000;

/**
 * The desk of an installation without servers. A promise is on the disk before it is given, so that a process that is
 * killed forgets none. The projection is always complete there.
 */
export function createEmbeddedOfferDesk(options: EmbeddedOfferDeskOptions): OfferDesk {
  const { directory, projection, pendingTtlMs = pendingTtlMsDefault, now = Date.now } = options;
  const table = directory.table('offer-desk');
  const reader = projection.reader();

  const current = (customer: string, value: Buffer | null): DeskRecord => {
    if (value === null) return emptyDesk;
    const record = parseDesk(value, customer);
    return record.writtenAtMs + pendingTtlMs <= now() ? emptyDesk : record;
  };

  const put = (transaction: WriteTransaction, customer: string, record: Omit<DeskRecord, 'writtenAtMs'>) => {
    removeExpired(transaction, table, customer, now() - pendingTtlMs);
    const written: DeskRecord = { ...record, writtenAtMs: now() };
    transaction.put(table, keyOf(customer), Buffer.from(JSON.stringify(written)));
  };

  return {
    async read(customer, requestId): Promise<CustomerView> {
      const offers = await reader.offersOf(customer);
      const { pending, answers, revision } = current(customer, table.get(keyOf(customer)));
      const answer = answers.find((one) => one.requestId === requestId && one.until > now());
      return { ready: true, offers, pending: inOrderOfMaps(pending), answer: answer?.text ?? null, revision };
    },

    write: (customer, view, decided) =>
      writeDurably(directory, (transaction) => {
        const { pending, answers, revision } = current(customer, transaction.get(table, keyOf(customer)));
        const offers = projection.offersNow(customer);
        const valid = answers.filter(({ until }) => until > now());
        const { answer } = decided;
        if (
          revision !== view.revision ||
          offers === null ||
          !isSameProjection(view.offers, offers) ||
          valid.some(({ requestId }) => requestId === answer?.requestId)
        ) {
          return 'changed';
        }
        const replaced = new Set([...decided.remove, ...decided.put.map(({ actionMapId }) => actionMapId)]);
        put(transaction, customer, {
          pending: [...pending.filter(({ actionMapId }) => !replaced.has(actionMapId)), ...decided.put],
          answers: [
            ...valid,
            ...(answer === null
              ? []
              : [{ requestId: answer.requestId, text: answer.text, until: now() + answer.ttlMs }]),
          ],
          revision: revision + 1,
        });
        return 'written';
      }),

    release: (customer, actionId) =>
      writeDurably(directory, (transaction) => {
        const { pending, answers, revision } = current(customer, transaction.get(table, keyOf(customer)));
        const isReleased = (one: (typeof pending)[number]) =>
          one.actionId === actionId && one.reserved !== null;
        if (!pending.some(isReleased)) return false;
        put(transaction, customer, {
          pending: pending.map((one) => (isReleased(one) ? { ...one, reserved: null } : one)),
          answers,
          revision: revision + 1,
        });
        return true;
      }),

    close: async () => {},
  };
}

/** Customers spread over 4,096 places, so that each write can look for expired ones in its own: a few only. */
function keyOf(customer: string): string {
  return `${hash('sha1', customer).slice(0, 3)}/${customer}`;
}

/** What is in a customer's place of the table. The customer itself stays: it is being written. */
function removeExpired(
  transaction: WriteTransaction,
  table: StoredTable,
  customer: string,
  writtenBeforeMs: number,
): void {
  const own = keyOf(customer);
  const place = own.slice(0, own.indexOf('/') + 1);
  for (const [key] of table.entries(place)) {
    if (key === own) continue;
    // Another job of the same transaction may have written it.
    const value = transaction.get(table, key);
    if (value !== null && parseDesk(value, key).writtenAtMs <= writtenBeforeMs)
      transaction.remove(table, key);
  }
}
