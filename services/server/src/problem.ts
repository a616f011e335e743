import { STATUS_CODES } from 'node:http';
import { OfferlockError } from '@offerlock/lifecycle';
import type { FastifyError, FastifyReply } from 'fastify';

/** Stable names of what can be wrong with a request. Part of the contract, as the HTTP status is. */
export type ProblemCode =
  | 'BODY_INVALID'
  | 'BODY_TOO_LARGE'
  | 'CONTENT_TYPE_UNSUPPORTED'
  | 'EVENTS_REJECTED'
  | 'PARAMETER_INVALID'
  | 'HOST_NOT_ALLOWED'
  | 'ORIGIN_NOT_ALLOWED'
  | 'KEY_MISSING'
  | 'KEY_UNKNOWN'
  | 'ROLE_MISSING'
  | 'TENANT_MISMATCH'
  | 'RATE_LIMITED'
  | 'REVISION_OUTDATED'
  | 'ACTION_MAPS_INVALID'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'REQUEST_INVALID'
  | 'OVERLOADED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

/** A request that ends with problem details (RFC 9457). Throw it from any handler. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of the answer. */
  readonly members: Readonly<Record<string, unknown>>;

  /** @param detail For the person who sent the request: what was wrong and what was expected. */
  constructor(
    status: number,
    code: ProblemCode,
    detail: string,
    more: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly members?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.members = more.members ?? {};
  }
}

/**
 * What went wrong, as the client may know it. Anything unexpected says nothing of its cause.
 *
 * @param bodyBytesMax Of the route.
 */
export function problemOf(error: unknown, bodyBytesMax?: number): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof OfferlockError && error.handling === 'retry') {
    return unavailable(`${error.message}; nothing is lost, try again`, error);
  }
  const status = (error as FastifyError | null)?.statusCode ?? 500;
  if (!(error instanceof Error) || status >= 500) {
    return new HttpProblem(500, 'INTERNAL', 'something went wrong here; the log of the server says what', {
      cause: error,
    });
  }
  const [code, detail] = clientErrors[(error as FastifyError).code ?? ''] ?? [
    error instanceof SyntaxError ? 'BODY_INVALID' : 'REQUEST_INVALID',
    error.message,
  ];
  const more = code === 'BODY_TOO_LARGE' && bodyBytesMax !== undefined ? ` than ${bodyBytesMax} bytes` : '';
  return new HttpProblem(status, code, `${detail ?? error.message}${more}`, { cause: error });
}

export function unavailable(detail: string, cause?: unknown): HttpProblem {
  return new HttpProblem(503, 'UNAVAILABLE', detail, { headers: { 'retry-after': '5' }, cause });
}

export function sendProblem(reply: FastifyReply, problem: HttpProblem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: STATUS_CODES[problem.status],
        status: problem.status,
        code: problem.code,
        detail: problem.message,
        ...problem.members,
      }),
    );
}

/** Errors that fastify finds in a request, as ours; its own text where it says enough. */
const clientErrors: Readonly<Record<string, readonly [ProblemCode, string?]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['BODY_TOO_LARGE', 'the body is larger'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'CONTENT_TYPE_UNSUPPORTED',
    'expected JSON with the content type application/json or text/plain',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['BODY_INVALID', 'the body is empty; expected JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BODY_INVALID'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['BODY_INVALID', 'the body is not JSON'],
  FST_ERR_VALIDATION: ['PARAMETER_INVALID'],
};
