import type {
  ActionMapsFile,
  CustomerEvent,
  Invitation,
  MapExplanation,
  OfferGate,
  OfferReason,
} from '@offerlock/lifecycle';

/*
 * What the page gets from this process, as JSON. Times are ms since 1970 (UTC). Counts are durable and exact: they are
 * written in the transaction that commits the batch they come from.
 */

/** How records of one tenant ended, since the directory was made. */
export interface TenantCounts {
  /** Records by outcome on arrival: applied, repeated, early, untracked, refused, unreadable. They add up to all records. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Dead letters by reason. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Metric events by kind: qualified, offered, accepted, ... */
  readonly metrics: Readonly<Record<string, number>>;
  /** Steps taken, by media type and then `from>to`; `none>` begins an action, `errored>offered` an attempt. */
  readonly steps: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Metric events over time, by the time they were committed. */
export interface Series {
  readonly bucketMs: number;
  /** Begin of the first bucket. */
  readonly fromMs: number;
  /** By tenant, then by metric: a number per bucket, oldest first; the last bucket is still filling. */
  readonly tenants: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** `GET /v1/overview`, and the data of the event `overview` of `GET /v1/stream`, once a second while something changes. */
export interface Overview {
  readonly at: number;
  readonly startedAt: number;
  readonly directory: { readonly path: string; readonly createdAt: number; readonly bytes: number };
  readonly demo: { readonly running: boolean; readonly tenant: string; readonly eventsPerSecond: number };
  /** Per partition of the events topic: records kept from `start`, the next offset `end`, and how far they are folded. */
  readonly partitions: readonly {
    readonly partition: number;
    readonly start: string;
    readonly end: string;
    readonly committed: string;
    /** Where counting began: records before it came with an import and are in nobody's counts. */
    readonly countedFrom: string;
    readonly status: 'idle' | 'claimed' | 'waiting' | 'halted';
    /** Why it waits or is halted. */
    readonly problem: string | null;
  }[];
  /** Events per second that were committed, over the last seconds. */
  readonly eventsPerSecond: number;
  readonly offers: number;
  /**
   * By tenant id. The empty text stands for records that tell no tenant, `*` for all tenants together that are too many
   * to be counted apart.
   */
  readonly tenants: Readonly<Record<string, TenantCounts>>;
  readonly series: Series;
}

/** An event as it lies in the log. */
export interface RecentEvent {
  readonly partition: number;
  readonly offset: string;
  readonly tenantId: string;
  readonly customerId: string;
  readonly actionMapId: string;
  readonly actionId: string;
  readonly actionMediaType: string;
  readonly actionState: string;
  readonly occurredAt: number;
  readonly receivedAt: number;
}

/**
 * A dead letter. Fields of the event are null where its bytes could not be read; tenant and customer are those of its
 * key then, where that is one.
 */
export interface RefusedEvent {
  readonly reason: string;
  readonly detail: string;
  readonly refusedAt: number;
  readonly partition: number;
  readonly offset: string;
  readonly tenantId: string | null;
  readonly customerId: string | null;
  readonly actionMapId: string | null;
  readonly actionState: string | null;
}

/** `GET /v1/recent`, and the data of the event `recent` of the stream: the newest first, at most 50 each. */
export interface Recent {
  readonly events: readonly RecentEvent[];
  readonly refused: readonly RefusedEvent[];
}

/** `GET /v1/customers?tenant=&prefix=&limit=`: ids that begin so, for the search. An empty prefix gives some. */
export interface FoundCustomers {
  readonly customers: readonly { readonly tenantId: string; readonly customerId: string }[];
  readonly more: boolean;
}

/** `GET /v1/customers/{customerId}/offers?tenantId=`: what the page reads of it. 404 for a customer that nothing is known of. */
export interface CustomerOffers {
  readonly tenantId: string;
  readonly customerId: string;
  readonly offers: readonly {
    readonly actionMapId: string;
    readonly position: string;
    /** An `OfferState` of @offerlock/lifecycle. */
    readonly state: unknown;
    /** Steps that the lifecycle allows next; empty when locked. */
    readonly next: readonly string[];
    /** Whether the map is closed for the customer, waits for a missing event, or is open. */
    readonly standing: 'locked' | 'pending' | 'open';
  }[];
}

/** `GET /v1/lifecycles`: the data that the diagram is drawn from. */
export interface LifecycleDescription {
  readonly mediaType: string;
  readonly title: string;
  readonly states: readonly string[];
  readonly initial: readonly string[];
  readonly terminal: readonly string[];
  readonly metrics: readonly string[];
  readonly transitions: Readonly<Record<string, readonly string[]>>;
  readonly retry: { readonly after: string; readonly with: string } | null;
  /** When a locked map may be offered again: a `ReofferScope` of @offerlock/lifecycle. */
  readonly reoffer:
    | { readonly scope: 'never' }
    | { readonly scope: 'session' }
    | { readonly scope: 'after'; readonly afterMs: number };
}

/** `PUT /v1/demo` takes and answers with this. */
export interface DemoSwitch {
  readonly running: boolean;
}

/** What `POST /v1/decisions` and `POST /v1/decisions/explain` are asked. */
export interface DecisionQuestion {
  readonly tenantId: string;
  readonly customerId: string;
  readonly sessionId: string;
  readonly page: { readonly url: string };
  readonly segments: readonly string[];
  readonly events: readonly CustomerEvent[];
}

/** What `POST /v1/decisions` answers. */
export interface DecisionAnswer {
  /** `unavailable`: nothing is offered, because what is known may not be complete. */
  readonly status: 'decided' | 'unavailable';
  readonly decidedAt: number;
  readonly offers: readonly {
    /** Null in an explanation: nothing has begun. */
    readonly actionId: string | null;
    readonly actionMapId: string;
    readonly actionMapVersion: number;
    readonly mediaType: string;
    readonly actionTargetId: string | null;
    readonly invitation: Invitation;
    /** Nobody else is offered this until then; null in an explanation. */
    readonly reservedUntil: number | null;
  }[];
  readonly heldBack: readonly {
    readonly actionMapId: string;
    readonly actionMapVersion: number;
    readonly mediaType: string;
    readonly gate: OfferGate;
    readonly reason: OfferReason;
    readonly vendorReason: string | null;
    readonly blockingActionMapId: string | null;
    readonly frequencyCap: string | null;
  }[];
  /** Why it is unavailable. */
  readonly detail: string | null;
}

/** What `POST /v1/decisions/explain` answers: what would be decided, and the gates of every map. */
export interface ExplanationAnswer extends DecisionAnswer {
  readonly maps: readonly MapExplanation[];
}

/** `GET /v1/action-maps?tenantId=`. */
export interface PublishedActionMaps {
  readonly tenantId: string;
  /** 0 where nothing was ever published. */
  readonly revision: number;
  readonly changedAt: number | null;
  readonly changedBy: string | null;
  readonly document: ActionMapsFile;
}
