import type { CompactedTopic } from '@offerlock/data-directory';
import { OfferlockError } from '@offerlock/lifecycle';
import type { Decoder, OfferStateChange } from '@offerlock/schemas';
import type {
  OfferKey,
  OfferWrite,
  ProjectedOffer,
  ProjectionReader,
  ProjectionStore,
  StoredOffer,
} from '../ports.ts';
import { parsePosition } from '../position.ts';
import { OfferCache } from './offer-cache.ts';

export interface EmbeddedProjectionOptions {
  /** The changelog in the data directory: its newest record of each offer is the stored state. */
  readonly changelog: CompactedTopic;
  /** Decodes values of the changelog. */
  readonly decoder: Decoder<OfferStateChange>;
  /** Partitions of the log that the changelog belongs to. */
  readonly partitions: number;
  /** An offer without any change for so long is forgotten, in ms. The changelog should drop its keys after the same time. */
  readonly ttlMs: number;
  /** Offers kept in memory at most, beside those that are saved and not committed yet. Default 50,000. */
  readonly cachedOffersMax?: number;
  /** ms since 1970. */
  readonly now?: () => number;
}

/**
 * The projection of an installation without servers. It is the changelog, seen by key, with a cache in front of it:
 * a save keeps the states in memory, where every store and reader of this projection sees them, and the commit of
 * their batch makes them durable as records of the changelog, in the same transaction as the offset. After a crash no
 * state is ahead of the committed offset, so what an offer was before its batch need not be on the disk.
 */
export interface EmbeddedProjection {
  /** A store or reader that is closed leaves the projection as it is. */
  store(): ProjectionStore;
  reader(): ProjectionReader;
  /** Ids of the tenant's customers that begin so, in order, at most `limit`; committed offers only. */
  customersStartingWith(tenantId: string, prefix: string, limit: number): readonly string[];
  /** Number of offers with a committed state. */
  readonly offerCount: number;
}

const keysPerLook = 500;

export function createEmbeddedProjection(options: EmbeddedProjectionOptions): EmbeddedProjection {
  const { changelog, decoder, partitions, ttlMs, cachedOffersMax = 50_000, now = Date.now } = options;

  const committed = async (key: OfferKey): Promise<{ offer: StoredOffer; changedAtMs: number } | null> => {
    const record = changelog.get(changelogKey(key));
    if (record === null || now() - record.timestampMs > ttlMs) return null;
    const decoded = decoder.decode(record.value);
    const change = decoded instanceof Promise ? await decoded : decoded;
    const position = 'position' in change ? parsePosition(change.position) : null;
    if (!('position' in change) || position === null) throw corrupt(key);
    // Committed, so its offset lies before every offset that a batch may begin at. Should somebody have moved the
    // committed offset back all the same, `unknown` makes the partition halt instead of folding on a guess.
    const offer: StoredOffer = { position, stateJson: change.state, before: 'unknown' };
    return { offer, changedAtMs: record.timestampMs };
  };

  const cache = new OfferCache({
    offersMax: cachedOffersMax,
    ttlMs,
    now,
    isCommitted: async (key, position) => {
      const found = await committed(key);
      return found !== null && found.offer.position >= position;
    },
  });

  const find = async (key: OfferKey): Promise<StoredOffer | null> => {
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const found = await committed(key);
    if (found === null) return null;
    cache.keepCommitted(key, found.offer, found.changedAtMs);
    return found.offer;
  };

  const load = async (keys: readonly OfferKey[]): Promise<readonly (StoredOffer | null)[]> => {
    const offers: (StoredOffer | null)[] = [];
    for (const key of keys) {
      // Most offers of a batch are in memory; a promise for each of them would cost more than the rest.
      const cached = cache.get(key);
      offers.push(cached === undefined ? await find(key) : cached);
    }
    return offers;
  };

  const save = async (writes: readonly OfferWrite[]): Promise<'saved' | 'superseded'> => {
    const stored = await load(writes.map(({ key }) => key));
    // From here to the end nothing waits: no other save comes between the check and the writes.
    const isSuperseded = writes.some((write, index) => {
      const present = cache.get(write.key) ?? stored[index] ?? null;
      return present !== null && present.position > write.position;
    });
    if (isSuperseded) return 'superseded';
    for (const { key, position, stateJson, before } of writes)
      cache.keepSaved(key, { position, stateJson, before });
    await cache.evict();
    return 'saved';
  };

  const offersOf = async (customer: string): Promise<readonly ProjectedOffer[]> => {
    const maps = new Set(cache.mapsOf(customer));
    const prefix = `${customer}/`;
    for (let after: string | undefined, more = true; more;) {
      const keys: readonly string[] = changelog.keys(prefix, keysPerLook, after);
      for (const key of keys) maps.add(key.slice(prefix.length));
      after = keys.at(-1);
      more = keys.length === keysPerLook;
    }
    const offers: ProjectedOffer[] = [];
    for (const actionMapId of [...maps].sort()) {
      const key = { customer, actionMapId };
      const cached = cache.get(key);
      const offer = cached === undefined ? (await committed(key))?.offer : cached;
      if (offer) offers.push({ actionMapId, offer });
    }
    return offers;
  };

  return {
    store: () => ({
      prepare: async (log) => requirePartitions(partitions, log.partitions),
      load,
      save,
      close: async () => {},
    }),
    reader: () => ({ offersOf, close: async () => {} }),
    customersStartingWith: (tenantId, prefix, limit) =>
      customersStartingWith(changelog, tenantId, prefix, limit),
    get offerCount() {
      return changelog.keyCount;
    },
  };
}

/** Key of the offer's records in the changelog. Ids hold no slash, so two offers never share it. */
function changelogKey({ customer, actionMapId }: OfferKey): string {
  return `${customer}/${actionMapId}`;
}

function customersStartingWith(
  changelog: CompactedTopic,
  tenantId: string,
  prefix: string,
  limit: number,
): readonly string[] {
  const tenant = `${tenantId}/`;
  const found: string[] = [];
  let after: string | undefined;
  while (found.length < limit) {
    const [key] = changelog.keys(`${tenant}${prefix}`, 1, after);
    if (key === undefined) break;
    const customer = key.slice(tenant.length, key.lastIndexOf('/'));
    found.push(customer);
    // Past all maps of this customer: no id holds a character beyond ASCII.
    after = `${tenant}${customer}/\u{10ffff}`;
  }
  return found;
}

function requirePartitions(stored: number, partitions: number): void {
  if (stored === partitions) return;
  throw new OfferlockError(
    'PARTITION_COUNT_CHANGED',
    `the data directory was made for a log of ${stored} partitions, not ${partitions}`,
    { details: { stored, partitions } },
  );
}

function corrupt(key: OfferKey): OfferlockError {
  return new OfferlockError(
    'PROJECTION_CORRUPT',
    `not an offer that we wrote: ${changelogKey(key)} in the changelog of the data directory`,
    { details: { key: changelogKey(key) } },
  );
}
