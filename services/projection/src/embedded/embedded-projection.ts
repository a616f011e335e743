import type { CompactedTopic } from '@offerlock/data-directory';
import { OfferlockError } from '@offerlock/lifecycle';
import type { Decoder, OfferStateChange, UnreadableValue } from '@offerlock/schemas';
import type {
  OfferKey,
  OfferWrite,
  ProjectedOffer,
  ProjectionReader,
  ProjectionStore,
  StoredOffer,
} from '../ports.ts';
import { parsePosition } from '../position.ts';
import { OfferCache, type CachedOffer } from './offer-cache.ts';

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
  /** What a reader gives, without waiting; null where that is not possible yet, and a reader must be asked first. */
  offersNow(customer: string): readonly ProjectedOffer[] | null;
  /** Ids of the tenant's customers that begin so, in order, at most `limit`; committed offers only. */
  customersStartingWith(tenantId: string, prefix: string, limit: number): readonly string[];
  /** Whether there is a committed offer of another tenant. */
  hasTenantsBeside(tenantId: string): boolean;
  /** Number of offers with a committed state. */
  readonly offerCount: number;
}

/*
 * Why folding on these states is exact. A batch begins at the committed offset S, and the changelog is written in the
 * transaction that moves S: its state of an offer is that at S, always, and its position lies before S. That is why
 * `unknown` will do for its `before`: it is asked for only if somebody has moved S back, and then the partition must halt.
 *
 * Memory may be ahead of the changelog, by saves whose commit is under way, has failed, or was fenced. Let such a state lie
 * at offset o, saved under an older claim in a batch that began at b, which is never after S.
 * - o >= S: the batch takes its `before`, the state at b. Had the offer changed between b and S, whoever committed that
 *   range under a later claim would have saved the offer too, and of two saves the later claim's stays.
 * - o < S: somebody else has committed o, under a later claim, and the same event has changed the offer there; so that
 *   save stays, in memory until it is in the changelog, and after that because a save asks the changelog too.
 * Both need that the state of a save is not dropped from memory while its commit may still come; the cache sees to that.
 */
const keysPerLook = 500;
/** Sorts after every id: those hold ASCII only. */
const lastCharacter = '\u{10ffff}';

export function createEmbeddedProjection(options: EmbeddedProjectionOptions): EmbeddedProjection {
  const { changelog, decoder, partitions, ttlMs, cachedOffersMax = 50_000, now = Date.now } = options;

  /** What the changelog holds; a promise only for the first value of a schema id. */
  const read = (key: OfferKey): CachedOffer | Promise<CachedOffer> => {
    const record = changelog.get(changelogKey(key));
    if (record === null) return { offer: null, changedAtMs: 0, group: null };
    const { timestampMs } = record;
    const decoded = decoder.decode(record.value);
    return decoded instanceof Promise
      ? decoded.then((change) => committedOffer(key, change, timestampMs))
      : committedOffer(key, decoded, timestampMs);
  };

  const cache = new OfferCache({
    offersMax: cachedOffersMax,
    isSettled: ({ sample, position, savedAtMs }) => {
      if (savedAtMs < now() - ttlMs) return true;
      const found = read(sample);
      if (!(found instanceof Promise)) return found.offer !== null && found.offer.position >= position;
      // Once the schema is known, the next look will tell.
      found.catch(() => undefined);
      return false;
    },
  });

  /** Puts into memory what is not there. A promise says that something else may have happened in the meantime. */
  const bringIn = (key: OfferKey): CachedOffer | Promise<void> => {
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const found = read(key);
    // The schema is known then, and the record is read again: it may be another one.
    if (found instanceof Promise) return found.then(() => undefined);
    cache.add(key, found);
    return found;
  };

  const load = async (keys: readonly OfferKey[]): Promise<readonly (StoredOffer | null)[]> => {
    const expiredBeforeMs = now() - ttlMs;
    const offers: (StoredOffer | null)[] = [];
    for (const key of keys) {
      let found = bringIn(key);
      while (found instanceof Promise) {
        await found;
        found = bringIn(key);
      }
      offers.push(unexpired(found, expiredBeforeMs));
    }
    cache.evict();
    return offers;
  };

  const save = async (writes: readonly OfferWrite[]): Promise<'saved' | 'superseded'> => {
    const [first] = writes;
    if (first === undefined) return 'saved';
    const changedAtMs = now();
    const places: CachedOffer[] = [];
    while (places.length < writes.length) {
      const { key, position } = writes[places.length] as OfferWrite;
      const found = bringIn(key);
      if (found instanceof Promise) {
        // Others may save while this waits, so the check begins again.
        await found;
        places.length = 0;
        continue;
      }
      const stored = unexpired(found, changedAtMs - ttlMs);
      if (stored !== null && stored.position > position) return 'superseded';
      places.push(found);
    }
    // Nothing has been waited for since the check began.
    const { key: sample, position: samplePosition } = first;
    const group = { sample, position: samplePosition, savedAtMs: changedAtMs, isSettled: false };
    for (const [index, place] of places.entries()) {
      const { position, stateJson, before } = writes[index] as OfferWrite;
      // A copy: `before` may be a stored offer with a `before` of its own, and so on.
      const start =
        before === null || before === 'unknown'
          ? before
          : { position: before.position, stateJson: before.stateJson };
      place.offer = { position, stateJson, before: start };
      place.changedAtMs = changedAtMs;
      place.group = group;
    }
    cache.evict();
    return 'saved';
  };

  const keysOf = (customer: string): readonly OfferKey[] => {
    const maps = new Set(cache.mapsOf(customer));
    const prefix = `${customer}/`;
    for (let after: string | undefined, more = true; more;) {
      const keys: readonly string[] = changelog.keys(prefix, keysPerLook, after);
      for (const key of keys) maps.add(key.slice(prefix.length));
      after = keys.at(-1);
      more = keys.length === keysPerLook;
    }
    return [...maps].sort().map((actionMapId) => ({ customer, actionMapId }));
  };

  const offersOf = async (customer: string): Promise<readonly ProjectedOffer[]> => {
    const keys = keysOf(customer);
    return present(keys, await load(keys));
  };

  const offersNow = (customer: string): readonly ProjectedOffer[] | null => {
    const expiredBeforeMs = now() - ttlMs;
    const keys = keysOf(customer);
    const offers: (StoredOffer | null)[] = [];
    for (const key of keys) {
      const found = bringIn(key);
      if (found instanceof Promise) {
        // Whoever reads next meets the same error.
        found.catch(() => undefined);
        return null;
      }
      offers.push(unexpired(found, expiredBeforeMs));
    }
    cache.evict();
    return present(keys, offers);
  };

  return {
    store: () => ({
      prepare: async (log) => {
        requirePartitions(partitions, log.partitions);
        // It is the changelog, so it never lacks any of it.
        return { ready: true };
      },
      noteReady: async () => {},
      load,
      save,
      // Whoever asks looks at the directory itself.
      noteFolded: async () => {},
      close: async () => {},
    }),
    reader: () => ({ offersOf, close: async () => {} }),
    offersNow,
    customersStartingWith: (tenantId, prefix, limit) =>
      customersStartingWith(changelog, tenantId, prefix, limit),
    hasTenantsBeside: (tenantId) => {
      // Its offers lie together, so another tenant's come before or behind all of them.
      const [first] = changelog.keys('', 1);
      if (first === undefined) return false;
      return (
        !first.startsWith(`${tenantId}/`) || changelog.keys('', 1, `${tenantId}/${lastCharacter}`).length > 0
      );
    },
    get offerCount() {
      return changelog.keyCount;
    },
  };
}

/** Key of the offer's records in the changelog. Ids hold no slash, so two offers never share it. */
function changelogKey({ customer, actionMapId }: OfferKey): string {
  return `${customer}/${actionMapId}`;
}

function committedOffer(
  key: OfferKey,
  decoded: OfferStateChange | UnreadableValue,
  changedAtMs: number,
): CachedOffer {
  const position = 'position' in decoded ? parsePosition(decoded.position) : null;
  if (!('position' in decoded) || position === null) throw corrupt(key);
  return { offer: { position, stateJson: decoded.state, before: 'unknown' }, changedAtMs, group: null };
}

function unexpired({ offer, changedAtMs }: CachedOffer, expiredBeforeMs: number): StoredOffer | null {
  return changedAtMs < expiredBeforeMs ? null : offer;
}

function present(
  keys: readonly OfferKey[],
  offers: readonly (StoredOffer | null)[],
): readonly ProjectedOffer[] {
  return keys.flatMap(({ actionMapId }, index): ProjectedOffer[] => {
    const offer = offers[index] ?? null;
    return offer === null ? [] : [{ actionMapId, offer }];
  });
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
    // Past all maps of this customer.
    after = `${tenant}${customer}/${lastCharacter}`;
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
