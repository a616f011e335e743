import type { OfferState } from '../offer-state.ts';
import type { StreamType } from './action-map.ts';

/** What is known of a customer at the moment of the question. Times are milliseconds since 1970 (UTC). */
export interface OfferRequest {
  /** Whether the projection is complete and may be trusted. If not, nothing is offered. */
  readonly ready: boolean;
  readonly now: number;
  readonly tenantId: string;
  readonly customerId: string;
  readonly session: {
    readonly id: string;
    /** When the visitor was last seen in it, before this request; null if only the offers tell. */
    readonly lastActiveAt: number | null;
  };
  readonly page: { readonly url: string };
  /** Segments assigned to the customer. */
  readonly segments: readonly string[];
  /** What the customer did that a map may be triggered by. */
  readonly events: readonly CustomerEvent[];
  /** The customer's projection, by action map id. */
  readonly states: ReadonlyMap<string, OfferState>;
  /** Offers that were promised and are not projected yet. */
  readonly reservations: readonly Reservation[];
  /** What is known of each action target now, by its id. */
  readonly targets: ReadonlyMap<string, TargetLoad>;
}

export interface CustomerEvent {
  readonly streamType: StreamType;
  readonly sessionType: string;
  readonly eventName: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** A promise to show an offer: nobody else may show the same one until it is projected or the lease is over. */
export interface Reservation {
  readonly actionMapId: string;
  readonly mediaType: string;
  readonly actionId: string;
  readonly takenAt: number;
  /** The end of the lease. */
  readonly until: number;
}

/** How busy the agents of a target are. */
export interface TargetLoad {
  /** Agents that could take a chat; null if nobody tells. */
  readonly agentsOnQueue: number | null;
  /** Chats of the sliding window; null if they are not known. */
  readonly chats: ChatCounts | null;
}

export interface ChatCounts {
  readonly engaged: number;
  /** Those of `engaged` that waited longer than the target's `serviceLevelMs`. */
  readonly overServiceLevel: number;
  /** Without short abandons. */
  readonly abandoned: number;
}
