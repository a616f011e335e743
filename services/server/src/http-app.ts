import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { guardHost, setSecurityHeaders, type GuardOptions } from './guard.ts';
import { healthRoutes, type HealthSources } from './health-routes.ts';
import { problemAnswer, setProblemHandlers } from './problem-handlers.ts';

export interface HttpAppParts {
  readonly title: string;
  /** A sentence on what the service is for. */
  readonly description: string;
  readonly logger: Logger;
  readonly guard: GuardOptions;
  readonly health: HealthSources;
}

/** A body is at most so large, unless a route says otherwise. */
const bodyBytesMax = 16 * 1_024;

/**
 * What every service serves over HTTP: health, the description of its routes at `/openapi.json`, problem details for every
 * error. Its own routes are plugins that the caller registers. Not listening yet.
 */
export async function createHttpApp(parts: HttpAppParts): Promise<FastifyInstance> {
  const answerProblem = problemAnswer(parts.logger);
  const http = Fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
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
        title: parts.title,
        version: '1',
        description: parts.description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
  });
  await http.register(healthRoutes(parts.health));
  http.get('/openapi.json', { schema: { hide: true } }, () => http.swagger());
  return http;
}
