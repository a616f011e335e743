import swagger from '@fastify/swagger';
import { healthRoutes, type HealthSources } from '@offerlock/server';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { eventRoutes, type EventRoutesParts } from '../events/event-routes.ts';
import { viewRoutes, type ViewRoutesParts } from '../views/view-routes.ts';
import { guardHost, setSecurityHeaders, type GuardOptions } from './guard.ts';
import { problemAnswer, setProblemHandlers } from './problem-handlers.ts';

export interface AppParts {
  readonly logger: Logger;
  readonly guard: GuardOptions;
  readonly health: HealthSources;
  readonly events: EventRoutesParts;
  readonly views: ViewRoutesParts;
  /** Serves the page under `/` and `/page/`. */
  readonly page: (http: FastifyInstance) => Promise<void>;
}

/** Everything that is served over HTTP. Not listening yet. */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const answerProblem = problemAnswer(parts.logger);
  const http = Fastify({
    logger: false,
    bodyLimit: 16 * 1_024,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => {
      answerProblem(error, request, reply);
    },
  });
  // Answers are described, not filtered: what a handler returns is what is sent.
  http.setSerializerCompiler(() => (data) => JSON.stringify(data));
  setSecurityHeaders(http);
  guardHost(http, parts.guard);
  setProblemHandlers(http, parts.logger);

  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Offerlock',
        version: '1',
        description: 'Reports what became of chat invitations, and tells what is known of them.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
  });
  await http.register(healthRoutes(parts.health));
  await http.register(eventRoutes(parts.events));
  await http.register(viewRoutes(parts.views));
  await http.register(parts.page);
  http.get('/openapi.json', { schema: { hide: true } }, () => http.swagger());
  return http;
}
