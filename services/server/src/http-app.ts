import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Access } from './access.ts';
import { guardHost, setSecurityHeaders, type GuardOptions } from './guard.ts';
import { healthRoutes, type HealthSources } from './health-routes.ts';
import { authenticate } from './keys/authenticate.ts';
import { keyMetricsOf } from './keys/key-metrics.ts';
import { problemAnswer, setProblemHandlers } from './problem-handlers.ts';

export interface HttpAppParts {
  readonly title: string;
  /** A sentence on what the service is for. */
  readonly description: string;
  readonly logger: Logger;
  readonly guard: GuardOptions;
  readonly health: HealthSources;
  readonly access: Access;
  /** The service's own routes. They are reached with a valid key only. */
  readonly routes: (http: FastifyInstance) => Promise<void>;
}

/** A body is at most so large, unless a route says otherwise. */
const bodyBytesMax = 16 * 1_024;

/**
 * What every service serves over HTTP: health, the description of its routes at `/openapi.json`, problem details for every
 * error; and behind the keys, the service's own routes. What the caller registers beside is for everybody. Not listening
 * yet.
 */
export async function createHttpApp(parts: HttpAppParts): Promise<FastifyInstance> {
  const answerProblem = problemAnswer(parts.logger);
  const http = Fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    trustProxy: [...parts.access.trustProxy],
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
  await http.register(healthRoutes(withKeys(parts.health, parts.access)));
  await http.register(async (behind) => {
    await authenticate(behind, parts.access);
    await parts.routes(behind);
  });
  http.get('/openapi.json', { schema: { hide: true } }, () => http.swagger());
  return http;
}

/** A broken keys file does not make a service unready: the keys before it are valid. But whoever looks is told. */
function withKeys(health: HealthSources, { keyring }: Access): HealthSources {
  if (keyring === null) return health;
  const keyMetrics = keyMetricsOf(keyring);
  return {
    live: health.live,
    ready: () => {
      const { healthy, detail } = health.ready();
      const { valid, detail: ofKeys } = keyring.status();
      return { healthy, detail: valid ? detail : `${detail}; ${ofKeys}` };
    },
    metrics: () => {
      const own = health.metrics();
      return {
        contentType: own?.contentType ?? keyMetrics.contentType,
        metrics: async () => `${(await own?.metrics()) ?? ''}\n${await keyMetrics.metrics()}`,
      };
    },
  };
}
