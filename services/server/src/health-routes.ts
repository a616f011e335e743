import type { FastifyInstance } from 'fastify';

export interface Health {
  readonly healthy: boolean;
  /** What is wrong, or what it is doing; for a person. */
  readonly detail: string;
}

export interface HealthSources {
  readonly live: () => Health;
  readonly ready: () => Health;
  /** null while there is nothing to tell yet. */
  readonly metrics: () => { readonly contentType: string; metrics(): Promise<string> } | null;
}

/** `/livez`, `/readyz` and `/metrics`, as a plugin of fastify. 503 with the reason when a check fails. */
export function healthRoutes(sources: HealthSources): (http: FastifyInstance) => Promise<void> {
  return async (http) => {
    const health = (path: string, check: () => Health) =>
      http.get(path, (_request, reply) => {
        const { healthy, detail } = check();
        return reply.code(healthy ? 200 : 503).send({ status: healthy ? 'ok' : 'unavailable', detail });
      });
    health('/livez', sources.live);
    health('/readyz', sources.ready);
    http.get('/metrics', async (_request, reply) => {
      const metrics = sources.metrics();
      if (metrics === null) return reply.type('text/plain; version=0.0.4; charset=utf-8').send('');
      return reply.type(metrics.contentType).send(await metrics.metrics());
    });
  };
}
