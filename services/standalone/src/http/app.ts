import { createHttpApp, type HttpAppParts } from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import { eventRoutes, type EventRoutesParts } from '../events/event-routes.ts';
import { viewRoutes, type ViewRoutesParts } from '../views/view-routes.ts';

export interface AppParts extends Pick<HttpAppParts, 'logger' | 'guard' | 'health'> {
  readonly events: EventRoutesParts;
  readonly views: ViewRoutesParts;
  /** Serves the page under `/` and `/page/`. */
  readonly page: (http: FastifyInstance) => Promise<void>;
}

/** Everything that is served over HTTP. Not listening yet. */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const http = await createHttpApp({
    title: 'Offerlock',
    description: 'Reports what became of chat invitations, and tells what is known of them.',
    logger: parts.logger,
    guard: parts.guard,
    health: parts.health,
  });
  await http.register(eventRoutes(parts.events));
  await http.register(viewRoutes(parts.views));
  await http.register(parts.page);
  return http;
}
