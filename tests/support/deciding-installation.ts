import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision } from '@offerlock/trigger';
import { eventOf } from '@offerlock/lifecycle/testing';
import { createInstallation, type Installation } from './installation.ts';
import { startOperator } from './operator-process.ts';
import { repository, startServingProcess } from './serving-process.ts';
import { until } from './until.ts';

/** A visitor that a decision is made for; by default the same one. */
export interface Visitor {
  readonly customerId?: string;
  readonly sessionId?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A projector and a trigger, as users run them, on topics and keys of their own. */
export interface DecidingInstallation {
  readonly installation: Installation;
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  decide(visitor?: Visitor): Promise<Decision>;
  /** Runs `offerlock` against the trigger. */
  offerlock(
    words: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): ReturnType<typeof startOperator>['ended'];
  /** Writes the file and applies it. */
  applyMaps(
    file: unknown,
    environment?: Readonly<Record<string, string>>,
  ): ReturnType<typeof startOperator>['ended'];
  /** Publishes steps of a decision's first offer, as its page would, and waits until they are projected. */
  report(decision: Decision, visitor: Visitor, states: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const visitorDefaults = { customerId: 'ann', sessionId: 'visit-1' };

/** The environment is that of both processes. Resolves when the trigger can decide. */
export async function startDeciding(
  environment: Readonly<Record<string, string>> = {},
): Promise<DecidingInstallation> {
  const installation = await createInstallation();
  const folder = await mkdtemp(join(tmpdir(), 'offerlock-deciding-'));
  installation.startProjector(environment);
  const trigger = startServingProcess({
    script: `${repository}services/trigger/dist/main.js`,
    // Decisions share two cores with everything else here.
    environment: { ...installation.environment, OFFERLOCK_DECISION_DEADLINE_MS: '2000', ...environment },
  });
  const url = await trigger.url;

  const deciding: DecidingInstallation = {
    installation,
    async request(method, path, body, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Answer['body'] };
    },
    async decide(visitor) {
      const body = { ...visitorDefaults, ...visitor, page: { url: 'https://shop.example/' } };
      const answer = await deciding.request('POST', '/v1/decisions', body);
      if (answer.status !== 200) throw new Error(`expected a decision, got ${JSON.stringify(answer)}`);
      return answer.body as unknown as Decision;
    },
    offerlock: (words, extra = {}) => startOperator([...words, '--url', url], extra).ended,
    async applyMaps(file, extra) {
      const path = join(folder, 'maps.json');
      await writeFile(path, JSON.stringify(file, null, 2));
      return deciding.offerlock(['maps', 'apply', path], extra);
    },
    async report({ offers, decidedAt }, visitor, states) {
      const [offer] = offers;
      if (offer === undefined) throw new Error('nothing was offered');
      const { actionId, actionMapId, actionMapVersion, mediaType } = offer;
      const begun = Math.max(Date.now(), decidedAt + 1);
      await installation.publish(
        states.map((state, index) =>
          eventOf(state, {
            ...visitorDefaults,
            ...visitor,
            eventId: randomUUID(),
            actionId,
            actionMapId,
            actionMapVersion,
            actionMediaType: mediaType,
            occurredAt: begun + index,
          }),
        ),
      );
      await installation.drained();
    },
    async close() {
      trigger.kill('SIGKILL');
      await trigger.exited;
      await rm(folder, { recursive: true });
      await installation.close();
    },
  };
  try {
    await until('the trigger can decide', async () => (await fetch(`${url}/readyz`)).ok, {
      timeoutMs: 60_000,
    });
  } catch (error) {
    const log = JSON.stringify(trigger.logLines.slice(-5));
    await deciding.close();
    throw new Error(`the trigger cannot decide: ${log}`, { cause: error });
  }
  return deciding;
}
