import type { ServiceClient } from '../ports.ts';

/** A service was not there, or refused. The message is for the person who typed the command. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed';
  /** HTTP status; null if there was no answer at all. */
  readonly status: number | null;
  /** The members of the problem details that came. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    status: number | null,
    problem: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.status = status;
    this.problem = problem;
  }
}

export interface ServiceAddress {
  /** Without a path, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** A server key; null to send none. */
  readonly key: string | null;
}

const timeoutMs = 30_000;

/** Talks to the HTTP service at that address. Errors: `ServiceFailed`. */
export function createServiceClient({ url, key }: ServiceAddress): ServiceClient {
  return {
    async request(method, path, body) {
      const response = await send(url, path, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = await jsonOf(response, url);
      if (response.ok) return answer;
      throw refusal(response.status, answer, key);
    },
  };
}

async function send(url: string, path: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, url), { ...options, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new ServiceFailed(
      `nobody answers at ${url} (${reasonOf(error)}): start the trigger or \`npm start\`, or name another address with --url or OFFERLOCK_URL`,
      null,
      {},
      error,
    );
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null;
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message;
  return error instanceof Error ? error.message : String(error);
}

async function jsonOf(response: Response, url: string): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const message = `what answers at ${url} is not Offerlock: it sent no JSON (HTTP ${response.status})`;
    throw new ServiceFailed(message, response.status, {}, cause);
  }
}

function refusal(status: number, answer: unknown, key: string | null): ServiceFailed {
  const problem = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  const detail = typeof problem['detail'] === 'string' ? problem['detail'] : `HTTP ${status}`;
  const hint = status === 401 ? `; ${key === null ? 'set' : 'check'} OFFERLOCK_KEY` : '';
  return new ServiceFailed(`${detail}${hint}`, status, problem);
}
