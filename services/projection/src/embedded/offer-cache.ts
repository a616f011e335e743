import type { OfferKey, StoredOffer } from '../ports.ts';
import type { Position } from '../position.ts';

/** What one save wrote. Its records reach the changelog together or not at all, so one of them tells of all. */
export interface SavedGroup {
  readonly sample: OfferKey;
  readonly position: Position;
  /** ms since 1970. */
  readonly savedAtMs: number;
  /** As far as anybody has looked. */
  isSettled: boolean;
}

/** An offer in its place in memory. A save changes it there. */
export interface CachedOffer {
  /** null: there is none. */
  offer: StoredOffer | null;
  /** ms since 1970; of a state. */
  changedAtMs: number;
  /** null: as read from the changelog. */
  group: SavedGroup | null;
}

export interface OfferCacheOptions {
  readonly offersMax: number;
  /** Whether the changelog holds the group, or the work of a later claim, or all of it has expired: then it stays so. */
  readonly isSettled: (group: SavedGroup) => boolean;
}

type CachedMaps = Map<string, CachedOffer>;

/**
 * Offers in memory, by customer, in two generations: what is used moves to the younger one, and when that is full, the
 * older one is dropped and the younger one becomes the older. An offer of a save that may still be committed is nowhere
 * else, so it stays, however many there are.
 */
export class OfferCache {
  readonly #options: OfferCacheOptions;
  #younger = new Map<string, CachedMaps>();
  #older = new Map<string, CachedMaps>();
  #youngerOffers = 0;

  constructor(options: OfferCacheOptions) {
    this.#options = options;
  }

  /** Undefined: not in memory. */
  get({ customer, actionMapId }: OfferKey): CachedOffer | undefined {
    return this.#mapsOf(customer)?.get(actionMapId);
  }

  mapsOf(customer: string): readonly string[] {
    return [...(this.#mapsOf(customer)?.keys() ?? [])];
  }

  /** Of an offer that is not in memory. */
  add({ customer, actionMapId }: OfferKey, cached: CachedOffer): void {
    let maps = this.#mapsOf(customer);
    if (maps === undefined) {
      maps = new Map();
      this.#younger.set(customer, maps);
    }
    maps.set(actionMapId, cached);
    this.#youngerOffers += 1;
  }

  /** Makes room, where there is too little. */
  evict(): void {
    if (this.#youngerOffers <= this.#options.offersMax / 2) return;
    const dropped = this.#older;
    this.#older = this.#younger;
    this.#younger = new Map();
    this.#youngerOffers = 0;
    const unsettled = new Set<SavedGroup>();
    for (const [customer, maps] of dropped) {
      if (this.#mayGo(maps, unsettled)) continue;
      this.#younger.set(customer, maps);
      this.#youngerOffers += maps.size;
    }
  }

  #mapsOf(customer: string): CachedMaps | undefined {
    const young = this.#younger.get(customer);
    if (young !== undefined) return young;
    const old = this.#older.get(customer);
    if (old === undefined) return undefined;
    this.#older.delete(customer);
    this.#younger.set(customer, old);
    this.#youngerOffers += old.size;
    return old;
  }

  /** `unsettled`: those asked already. */
  #mayGo(maps: CachedMaps, unsettled: Set<SavedGroup>): boolean {
    for (const { group } of maps.values()) {
      if (group === null || group.isSettled) continue;
      if (unsettled.has(group)) return false;
      group.isSettled = this.#options.isSettled(group);
      if (group.isSettled) continue;
      unsettled.add(group);
      return false;
    }
    return true;
  }
}
