import type { ActionMapsFile } from '@offerlock/lifecycle';
import type {
  CustomerOffers,
  DecisionAnswer,
  DecisionQuestion,
  DemoSwitch,
  ExplanationAnswer,
  FoundCustomers,
  LifecycleDescription,
  PublishedActionMaps,
} from '@offerlock/standalone';

/** The server did not answer as expected. The message is for the reader. */
export class RequestFailed extends Error {
  /** HTTP status; null if there was no answer at all. */
  readonly status: number | null;

  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, { cause });
    this.name = 'RequestFailed';
    this.status = status;
  }
}

export function getLifecycles(): Promise<readonly LifecycleDescription[]> {
  return request('/v1/lifecycles');
}

/** Customers whose id begins with `prefix`, of one tenant or of all. */
export function findCustomers(
  tenant: string | null,
  prefix: string,
  limit: number,
  signal: AbortSignal,
): Promise<FoundCustomers> {
  const query = new URLSearchParams({ prefix, limit: String(limit) });
  if (tenant !== null) query.set('tenant', tenant);
  return request(`/v1/customers?${query.toString()}`, { signal });
}

/** Null for a customer that nothing is known of. */
export async function getCustomerOffers(
  tenantId: string,
  customerId: string,
  signal: AbortSignal,
): Promise<CustomerOffers | null> {
  const query = new URLSearchParams({ tenantId });
  try {
    return await request(`/v1/customers/${encodeURIComponent(customerId)}/offers?${query.toString()}`, {
      signal,
    });
  } catch (error) {
    if (error instanceof RequestFailed && error.status === 404) return null;
    throw error;
  }
}

export function switchDemo(running: boolean): Promise<DemoSwitch> {
  return request('/v1/demo', sending('PUT', { running } satisfies DemoSwitch));
}

/** What would be decided, and why. Without effect. */
export function explainDecision(question: DecisionQuestion, signal: AbortSignal): Promise<ExplanationAnswer> {
  return request('/v1/decisions/explain', { ...sending('POST', question), signal });
}

/** Decides as a site would: what is offered is promised. */
export function decide(question: DecisionQuestion): Promise<DecisionAnswer> {
  return request('/v1/decisions', sending('POST', question));
}

/** Takes a promise back; false if there is none any more. */
export async function releaseOffer(
  actionId: string,
  customer: { readonly tenantId: string; readonly customerId: string },
): Promise<boolean> {
  const path = `/v1/decisions/${encodeURIComponent(actionId)}/release`;
  const { released } = await request<{ readonly released: boolean }>(path, sending('POST', customer));
  return released;
}

export function getActionMaps(tenantId: string, signal: AbortSignal): Promise<PublishedActionMaps> {
  return request(`/v1/action-maps?${new URLSearchParams({ tenantId }).toString()}`, { signal });
}

/** Maps of the demo tenant, for a beginning. */
export function getSampleMaps(): Promise<ActionMapsFile> {
  return request('/v1/demo/action-maps');
}

/** Adds the maps of a file to those of the tenant; answers with the revision that has them. */
export async function applyActionMaps(tenantId: string, file: ActionMapsFile): Promise<number> {
  const { revision } = await request<{ readonly revision: number }>(
    `/v1/action-maps?${new URLSearchParams({ tenantId }).toString()}`,
    sending('POST', file),
  );
  return revision;
}

function sending(method: 'POST' | 'PUT', body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const timeoutMs = 10_000;

async function request<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const { signal } = init;
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      signal: signal === undefined || signal === null ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RequestFailed('The server does not answer.', null, error);
  }
  if (!response.ok) throw new RequestFailed(await problemOf(response), response.status);
  return (await response.json()) as Answer;
}

/** What the server says went wrong, if it says so as problem details (RFC 9457). */
async function problemOf(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { readonly title?: unknown; readonly detail?: unknown };
    for (const text of [problem.detail, problem.title])
      if (typeof text === 'string' && text !== '') return text;
  } catch {
    // Not JSON; the status has to do.
  }
  return `The server answered with status ${response.status}.`;
}
