import type { AgentBoard, OfferDesk } from '@offerlock/projection';
import type { Lifecycles } from '@offerlock/lifecycle';
import { HttpProblem, requireRole, requireServer, tenantOf } from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import { customerOffersOf } from '../customer-offers.ts';
import type { Decide } from '../decisions/decide.ts';
import type { Explain } from '../decisions/explain.ts';
import { releaseOffer } from '../decisions/release.ts';
import { agentsBody, decisionRequestOf, parseBody, parseParameter, releaseBody } from './decision-body.ts';
import * as schemas from './route-schemas.ts';

export interface DecisionRoutesParts {
  readonly decide: Decide;
  readonly explain: Explain;
  readonly desk: OfferDesk;
  readonly board: AgentBoard;
  readonly lifecycles: Lifecycles;
  /** ms since 1970. */
  readonly now: () => number;
}

/** A hundred events with their attributes fit. */
const bodyBytesMax = 256 * 1_024;

/** Pages may ask for decisions and release them; everything else is for servers. Behind `authenticate`. */
export function decisionRoutes(parts: DecisionRoutesParts): (http: FastifyInstance) => Promise<void> {
  const { decide, explain, desk, board, lifecycles, now } = parts;
  return async (http) => {
    // What `sendBeacon` sends, and what a page sends without being asked by its browser first.
    http.addContentTypeParser(
      'text/plain',
      { parseAs: 'string' },
      http.getDefaultJsonParser('error', 'error'),
    );
    http.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    // What arrives is checked by the types that describe it, which name the field.
    const checkedHere = { bodyLimit: bodyBytesMax, validatorCompiler: () => (value: unknown) => ({ value }) };

    http.post(
      '/v1/decisions',
      { ...checkedHere, schema: schemas.decisionsSchema, onRequest: requireRole('decisions') },
      async (request, reply) => {
        const text = await decide(decisionRequestOf(request.body, (named) => tenantOf(request, named)));
        return reply.type('application/json; charset=utf-8').send(text);
      },
    );

    http.post(
      '/v1/decisions/explain',
      { ...checkedHere, schema: schemas.explainSchema, onRequest: requireServer('decisions') },
      (request) => explain(decisionRequestOf(request.body, (named) => tenantOf(request, named))),
    );

    http.post(
      '/v1/decisions/:actionId/release',
      { ...checkedHere, schema: schemas.releaseSchema, onRequest: requireRole('decisions') },
      async (request) => {
        const { tenantId, customerId, reservedUntil = null } = parseBody(releaseBody, request.body);
        const customer = `${tenantOf(request, tenantId)}/${customerId}`;
        const actionId = parseParameter(request.params, 'actionId');
        return { released: await releaseOffer(desk, { customer, actionId, reservedUntil }) };
      },
    );

    http.get(
      '/v1/customers/:customerId/offers',
      { ...checkedHere, schema: schemas.customerOffersSchema, onRequest: requireServer('decisions') },
      async (request) => {
        const customerId = parseParameter(request.params, 'customerId');
        const tenantId = tenantOf(request, parseParameter(request.query, 'tenantId', null));
        const view = await desk.read(`${tenantId}/${customerId}`, null);
        const offers = customerOffersOf({ tenantId, customerId }, view, lifecycles);
        if (offers !== null) return offers;
        const detail = `nothing is known of customer ${customerId} of tenant ${tenantId}`;
        throw new HttpProblem(404, 'NOT_FOUND', detail);
      },
    );

    http.put(
      '/v1/action-targets/:actionTargetId/agents',
      { ...checkedHere, schema: schemas.agentsSchema, onRequest: requireServer('admin') },
      async (request) => {
        const { tenantId, agentsOnQueue, ttlMs } = parseBody(agentsBody, request.body);
        const actionTargetId = parseParameter(request.params, 'actionTargetId');
        const until = now() + ttlMs;
        const announced = { tenantId: tenantOf(request, tenantId), actionTargetId, agentsOnQueue, until };
        await board.announce(announced);
        return announced;
      },
    );
  };
}
