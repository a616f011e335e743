/**
 * The share of a customer and an action map, 0 to 2^32 - 1: among maps of equal weight, the greatest share wins.
 *
 * It is FNV-1a (32 bit) over the UTF-16 code units of `tenantId/customerId/actionMapId`, mixed by the finalizer of
 * MurmurHash3. Each map draws its own number for each customer, so equal maps get equal parts of the customers, a
 * customer stays with one map, and a further map takes customers only for itself.
 */
export function shareOf(customerKey: string, actionMapId: string): number {
  const text = `${customerKey}/${actionMapId}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // FNV leaves the last characters in the low bits only, and map ids often differ in the last one.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
