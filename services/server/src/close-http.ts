import type { FastifyInstance } from 'fastify';

/**
 * Takes no more requests and answers those that are under way. A client that has not sent its request after
 * `requestsEndMs`, or takes no answer, is cut off.
 */
export async function closeHttp(http: FastifyInstance, requestsEndMs: number): Promise<void> {
  const cutOff = setTimeout(() => http.server.closeAllConnections(), requestsEndMs);
  await http.close().finally(() => clearTimeout(cutOff));
}
