/** Every Redis key of the projection. */
export interface ProjectionKeys {
  /** Facts about the projection as a whole. */
  readonly meta: string;
  /**
   * The hash with all offers of a customer (`tenantId/customerId`), a field per action map. The braces are a cluster
   * hash tag, so that whatever is kept of one customer lies in one slot.
   */
  offers(customer: string): string;
}

export function projectionKeys(keyPrefix: string): ProjectionKeys {
  const offersPrefix = `${keyPrefix}offerlock:offers:{`;
  return {
    meta: `${keyPrefix}offerlock:meta`,
    offers: (customer) => `${offersPrefix}${customer}}`,
  };
}
