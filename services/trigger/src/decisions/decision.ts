import type {
  CustomerEvent,
  FrequencyCapBehaviour,
  Invitation,
  OfferGate,
  OfferReason,
} from '@offerlock/lifecycle';

/** A question that a page, or a server on its behalf, asks. Times are ms since 1970 (UTC). */
export interface DecisionRequest {
  /** Names the question: asked again under the same id, it gets the same answer for the time of a lease. */
  readonly requestId: string | null;
  readonly tenantId: string;
  readonly customerId: string;
  readonly sessionId: string;
  /** When the visitor was last seen in this session, before this request; null if the caller does not know. */
  readonly lastActiveAt: number | null;
  readonly page: { readonly url: string };
  readonly segments: readonly string[];
  readonly events: readonly CustomerEvent[];
}

/** What `POST /v1/decisions` answers. */
export interface Decision {
  /** `unavailable`: nothing is known for certain, so nothing is offered; `detail` says why. */
  readonly status: 'decided' | 'unavailable';
  readonly requestId: string | null;
  readonly decidedAt: number;
  /** To be shown now; at most one per media type. */
  readonly offers: readonly PromisedOffer[];
  /** Every other action map. */
  readonly heldBack: readonly HeldBackOffer[];
  readonly detail: string | null;
}

export interface PromisedOffer {
  readonly actionId: string;
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly mediaType: string;
  readonly actionTargetId: string | null;
  readonly invitation: Invitation;
  /** Nobody else gets the offer before then. To be shown by then, or released. */
  readonly reservedUntil: number;
}

export interface HeldBackOffer {
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly mediaType: string;
  /** The action that has qualified; null where the map does not qualify. */
  readonly actionId: string | null;
  readonly gate: OfferGate;
  readonly reason: OfferReason;
  /** The vendor's name of the reason; null where it has none. */
  readonly vendorReason: string | null;
  readonly blockingActionMapId: string | null;
  readonly frequencyCap: FrequencyCapBehaviour | null;
}
