import type { FastifyInstance } from 'fastify';

/** The address cannot be had. The message says what to do. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

/** Binds, and answers with the URL to open. Error: `CannotListen`. */
export async function listen(http: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await http.listen({ host, port });
  } catch (error) {
    const message = hintOf((error as NodeJS.ErrnoException).code ?? '', host, port);
    if (message === null) throw error;
    throw new CannotListen(message, { cause: error });
  }
}

function hintOf(code: string, host: string, port: number): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is taken: end the program that uses it, or choose another with --port (OFFERLOCK_HTTP_PORT)`;
    case 'EACCES':
      return `port ${port} may not be used by this user: choose one above 1023 with --port (OFFERLOCK_HTTP_PORT)`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: choose another with --host (OFFERLOCK_HTTP_HOST)`;
    default:
      return null;
  }
}
