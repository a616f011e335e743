/** Every Redis key of the projection. */
export interface ProjectionKeys {
  /** Facts about the projection as a whole. */
  readonly meta: string;
  /** Sorted set: how far each partition is folded, in ms since 1970. */
  readonly progress: string;
  /** Hash with what is announced of agents: `tenantId/actionTargetId` to JSON. */
  readonly agents: string;
  /**
   * The hash with all offers of a customer (`tenantId/customerId`), a field per action map. The braces are a cluster
   * hash tag, so that whatever is kept of one customer lies in one slot.
   */
  offers(customer: string): string;
  /** The hash with a customer's pending offers, a field per action map, and their revision. */
  pending(customer: string): string;
  /** The text that a customer's request was answered with. */
  answer(customer: string, requestId: string): string;
}

export function projectionKeys(keyPrefix: string): ProjectionKeys {
  const offersPrefix = `${keyPrefix}offerlock:offers:{`;
  const pendingPrefix = `${keyPrefix}offerlock:pending:{`;
  const answerPrefix = `${keyPrefix}offerlock:answer:{`;
  return {
    meta: `${keyPrefix}offerlock:meta`,
    progress: `${keyPrefix}offerlock:progress`,
    agents: `${keyPrefix}offerlock:agents`,
    offers: (customer) => `${offersPrefix}${customer}}`,
    pending: (customer) => `${pendingPrefix}${customer}}`,
    answer: (customer, requestId) => `${answerPrefix}${customer}}:${requestId}`,
  };
}

/** Fields of `meta` that others than its scripts read. */
export const metaFields = { partitions: 'partitions', ready: 'ready' } as const;

/** What the field `ready` holds once the projection is complete. */
export const readyValue = '1';
