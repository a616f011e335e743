import type { OfferKey, StoredOffer } from '../ports.ts';
import type { Position } from '../position.ts';

export interface OfferCacheOptions {
  readonly offersMax: number;
  /** How long after its last change an offer is forgotten, in ms. */
  readonly ttlMs: number;
  /** ms since 1970. */
  readonly now: () => number;
  /** Whether the changelog holds the offer at this position or a later one. */
  readonly isCommitted: (key: OfferKey, position: Position) => Promise<boolean>;
}

interface CachedOffer {
  readonly offer: StoredOffer;
  readonly changedAtMs: number;
  /** False for a save whose commit nobody has seen yet. */
  isCommitted: boolean;
}

/**
 * Offers in memory, by customer. An offer that was saved and not committed is nowhere else, so it stays; of the
 * others, customers that nobody asked for the longest go first when there are too many.
 */
export class OfferCache {
  readonly #options: OfferCacheOptions;
  /** In order of the last use, oldest first. */
  readonly #customers = new Map<string, Map<string, CachedOffer>>();
  #offers = 0;

  constructor(options: OfferCacheOptions) {
    this.#options = options;
  }

  /** Null for an offer that has expired, undefined for one that is not in memory. */
  get({ customer, actionMapId }: OfferKey): StoredOffer | null | undefined {
    const cached = this.#customers.get(customer)?.get(actionMapId);
    if (cached === undefined) return undefined;
    return this.#options.now() - cached.changedAtMs > this.#options.ttlMs ? null : cached.offer;
  }

  mapsOf(customer: string): readonly string[] {
    return [...(this.#customers.get(customer)?.keys() ?? [])];
  }

  /** Keeps what was read from the changelog, unless a save was faster. */
  keepCommitted(key: OfferKey, offer: StoredOffer, changedAtMs: number): void {
    if (this.#customers.get(key.customer)?.has(key.actionMapId) === true) return;
    this.#keep(key, { offer, changedAtMs, isCommitted: true });
  }

  keepSaved(key: OfferKey, offer: StoredOffer): void {
    this.#keep(key, { offer, changedAtMs: this.#options.now(), isCommitted: false });
  }

  /** Makes room. Looks at each customer once at most, so it ends although nothing can go. */
  async evict(): Promise<void> {
    let looks = this.#customers.size;
    for (const [customer, offers] of this.#customers) {
      if (this.#offers <= this.#options.offersMax || looks <= 0) return;
      looks -= 1;
      if (await this.#allCommitted(customer, offers)) this.#drop(customer, offers);
      else this.#touch(customer, offers);
    }
  }

  #keep({ customer, actionMapId }: OfferKey, cached: CachedOffer): void {
    const offers = this.#customers.get(customer) ?? new Map<string, CachedOffer>();
    if (!offers.has(actionMapId)) this.#offers += 1;
    offers.set(actionMapId, cached);
    this.#touch(customer, offers);
  }

  #touch(customer: string, offers: Map<string, CachedOffer>): void {
    this.#customers.delete(customer);
    this.#customers.set(customer, offers);
  }

  #drop(customer: string, offers: Map<string, CachedOffer>): void {
    // While the changelog was asked, a save may have come.
    if ([...offers.values()].some(({ isCommitted }) => !isCommitted)) return;
    this.#offers -= offers.size;
    this.#customers.delete(customer);
  }

  async #allCommitted(customer: string, offers: ReadonlyMap<string, CachedOffer>): Promise<boolean> {
    for (const [actionMapId, cached] of offers) {
      if (cached.isCommitted) continue;
      const key = { customer, actionMapId };
      if (!(await this.#options.isCommitted(key, cached.offer.position))) return false;
      cached.isCommitted = true;
    }
    return true;
  }
}
