import type { FastifyInstance } from 'fastify';

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json(): unknown;
}

export interface TestRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Speaks to the app over a real connection; the app must be closed by the caller. */
export async function clientOf(
  app: FastifyInstance,
): Promise<(path: string, request?: TestRequest) => Promise<TestAnswer>> {
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  return async (path, { method = 'GET', headers = {}, body } = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers,
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text) as unknown,
    };
  };
}
