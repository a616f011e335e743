import type { Position } from './position.ts';

/** Names one offer state: a customer (`tenantId/customerId`) and an action map. */
export interface OfferKey {
  readonly customer: string;
  readonly actionMapId: string;
}

/**
 * The state as it was before the batch that wrote the present one: what another attempt at that batch's range must
 * start from.
 */
export interface OfferBefore {
  readonly position: Position;
  readonly stateJson: string;
}

/**
 * A stored offer state. The state is kept as the JSON text of an `OfferState`, without `before`: most loads need only
 * one of the two states parsed, and a state that becomes `before` goes back as it came.
 */
export interface StoredOffer {
  readonly position: Position;
  readonly stateJson: string;
  /** null: there was no state. `unknown`: restored from elsewhere, so nobody can tell. */
  readonly before: OfferBefore | null | 'unknown';
}

export interface OfferWrite {
  readonly key: OfferKey;
  readonly position: Position;
  readonly stateJson: string;
  readonly before: StoredOffer['before'];
}

/**
 * The projection, as the projector sees it: a map from offer key to state that refuses writers who are out of date.
 *
 * Adapters map client failures to `PROJECTION_UNAVAILABLE` and give up after a bounded time, and never repeat a save
 * by themselves: one that timed out may still be executed later, and only the caller knows that its claim must end.
 */
export interface ProjectionStore {
  /**
   * Makes the store ready for a log of `partitions` partitions. An empty store notes the number and its format; one
   * that holds other values rejects with `PARTITION_COUNT_CHANGED` or `PROJECTION_FORMAT_UNSUPPORTED`. Tells whether the
   * projection is ready. May be repeated.
   */
  prepare(log: { readonly partitions: number }): Promise<{ readonly ready: boolean }>;
  /**
   * Says that nothing is missing: every state in the changelog, or a newer one, is stored. Until then nobody decides on
   * offers. May be repeated.
   */
  noteReady(): Promise<void>;
  /**
   * The stored offers, in the order of the keys; null where there is none. A projection that was ready and is not any more
   * has lost its data: `PROJECTION_UNAVAILABLE`. Error besides: `PROJECTION_CORRUPT`.
   */
  load(keys: readonly OfferKey[]): Promise<readonly (StoredOffer | null)[]>;
  /**
   * Writes the offers, in groups that are atomic each. A group in which any stored position is greater than the one
   * to be written stays unwritten, and the result is `superseded`: somebody with a later claim was here. Other groups
   * of the same call may have been written; that is harmless, see `before`. Keys within a call are distinct.
   */
  save(writes: readonly OfferWrite[]): Promise<'saved' | 'superseded'>;
  /**
   * Notes by partition, in ms since 1970: every event that the log had taken before then is folded, and its state is
   * stored. Times only grow; a smaller one changes nothing.
   */
  noteFolded(foldedThroughMs: ReadonlyMap<number, number>): Promise<void>;
  close(): Promise<void>;
}

export interface ProjectedOffer {
  readonly actionMapId: string;
  readonly offer: StoredOffer;
}

/** The projection, as those see it who decide or look: one read per customer. */
export interface ProjectionReader {
  /** All maps of a customer (`tenantId/customerId`), in order of their ids; empty for an unknown customer. */
  offersOf(customer: string): Promise<readonly ProjectedOffer[]>;
  close(): Promise<void>;
}
