import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { HttpProblem, problemOf, sendProblem } from './problem.ts';

/** Every error of every route becomes problem details: 404 and 405 too. Register it before the routes. */
export function setProblemHandlers(http: FastifyInstance, logger: Logger): void {
  const answer = problemAnswer(logger);
  http.setErrorHandler(answer);

  const routes: { readonly path: RegExp; readonly methods: readonly string[] }[] = [];
  http.addHook('onRoute', ({ url, method }) => {
    const path = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+');
    if (!path.includes('*')) routes.push({ path: new RegExp(`^${path}$`), methods: [method].flat() });
  });
  http.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const methods = routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods);
    // A route may say itself that it has nothing there.
    if (methods.length === 0 || methods.includes(request.method)) {
      return sendProblem(reply, new HttpProblem(404, 'NOT_FOUND', `there is nothing at ${path}`));
    }
    const allow = [...new Set(methods)].join(', ');
    return sendProblem(
      reply,
      new HttpProblem(
        405,
        'METHOD_NOT_ALLOWED',
        `${request.method} is not possible here; expected ${allow}`,
        {
          headers: { allow },
        },
      ),
    );
  });
}

/** Also for requests that fastify refuses before it looks for a route. */
export function problemAnswer(
  logger: Logger,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (error, request, reply) => {
    const problem = problemOf(error, request.routeOptions.bodyLimit);
    // Without its parameters: one of them may be a key.
    const place = { method: request.method, path: pathOf(request) };
    if (problem.code === 'INTERNAL') logger.error({ ...place, err: error }, 'a request failed');
    else if (problem.status === 503)
      logger.warn({ ...place, err: error }, 'a request could not be served now');
    return sendProblem(reply, problem);
  };
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '';
}
