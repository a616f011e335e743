import { eventRoutes, type EventRoutesParts } from '@offerlock/collector';
import {
  callerOf,
  createHttpApp,
  HttpProblem,
  requireSameOrigin,
  type HttpAppParts,
} from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import { viewRoutes, type ViewRoutesParts } from '../views/view-routes.ts';

export interface AppParts extends Pick<HttpAppParts, 'logger' | 'guard' | 'health' | 'access'> {
  readonly events: EventRoutesParts;
  /** Decisions on offers, and the action maps that they are made by. */
  readonly decisions: (http: FastifyInstance) => Promise<void>;
  readonly views: ViewRoutesParts;
  /** Serves the page under `/` and `/page/`. */
  readonly page: (http: FastifyInstance) => Promise<void>;
}

/** Everything that is served over HTTP. Not listening yet. */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const http = await createHttpApp({
    title: 'Offerlock',
    description: 'Decides which invitation may be shown, takes what became of it, and tells what is known.',
    logger: parts.logger,
    guard: parts.guard,
    health: parts.health,
    access: parts.access,
    routes: async (behind) => {
      await behind.register(eventRoutes(parts.events));
      await behind.register(async (deciding) => {
        // A key names the origins whose pages may use it; without keys no page of another site may.
        if (parts.access.keyring === null) requireSameOrigin(deciding);
        await deciding.register(parts.decisions);
      });
      await behind.register(async (forAll) => {
        requireOpen(forAll);
        await forAll.register(viewRoutes(parts.views));
      });
    },
  });
  await http.register(parts.page);
  return http;
}

/** The page shows all tenants, while a key belongs to one. */
function requireOpen(http: FastifyInstance): void {
  http.addHook('onRequest', async (request) => {
    if (callerOf(request).kind === 'open') return;
    const detail = 'what the page shows is of all tenants; it is there only where no key is asked for';
    throw new HttpProblem(403, 'ROLE_MISSING', detail);
  });
}
