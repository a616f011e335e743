/*
 * Property: Redis, the registry and the broker may each be away for a while; no process has to be restarted, and nothing
 * is lost or doubled. Provoked on servers of this test's own, each stopped for 30 s while events flow.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EventSink } from '@offerlock/event-log';
import { OfferlockError } from '@offerlock/lifecycle';
import { startStack, type ServerControl, type Stack } from '@offerlock/stack';
import { createInstallation, type Installation } from '../support/installation.ts';
import type { ServingProcess } from '../support/serving-process.ts';
import { publishSimulated } from '../support/publish-simulated.ts';

const outageMs = 30_000;

let stack: Stack;
let installation: Installation;
let projector: ServingProcess;
let seed = 50;

beforeAll(async () => {
  stack = await startStack({ own: true });
  installation = await createInstallation({ stack });
  projector = installation.startProjector({ OFFERLOCK_SESSION_TIMEOUT_MS: '10000' });
  await publishSimulated(installation, { seed: 49, events: 2_000 });
  await installation.drained();
}, 180_000);

afterAll(async () => {
  await installation.close();
  await stack.stop();
}, 60_000);

async function passOutage(
  server: ServerControl | null,
  whileAway = async (): Promise<void> => {},
): Promise<void> {
  if (server === null) throw new Error('the stack is not ours to stop');
  await server.stop();
  await whileAway();
  const endsAt = Date.now() + outageMs;
  await installation.until(() => Date.now() >= endsAt, outageMs * 2);
  await server.start();
}

/** As a producer must: what the log has not acknowledged is sent again. Some of it twice, then, which the fold knows. */
function holdingBack(sink: EventSink): EventSink {
  const append: EventSink['append'] = async (records) => {
    try {
      await sink.append(records);
    } catch (error) {
      if (!(error instanceof OfferlockError) || error.handling !== 'retry') throw error;
      await append(records);
    }
  };
  return { append, close: () => sink.close() };
}

async function flowDuring(outage: Promise<void>): Promise<void> {
  const stop = new AbortController();
  seed += 1;
  const patient = { encoders: installation.encoders, sink: holdingBack(installation.sink) };
  const flow = publishSimulated(patient, { seed, events: 20_000 }, { ratePerSecond: 300, stop: stop.signal });
  await outage.finally(() => stop.abort());
  await flow;
}

async function committedEvents(): Promise<bigint> {
  return (await installation.offsets()).reduce((sum, { committed }) => sum + committed, 0n);
}

/** Waits until it has recovered by itself; then answers with what differs from one fold. */
async function differencesAfterwards(): Promise<readonly string[]> {
  await installation.drained();
  await installation.until(async () => (await fetch(`${await projector.url}/readyz`)).ok);
  return (await installation.compare()).differences;
}

test('Redis is away for 30 s while events flow', async () => {
  await flowDuring(passOutage(stack.redis));
  expect(
    projector.logLines.some(({ code, cause }) => code === 'PROJECTION_UNAVAILABLE' || cause === 'failed'),
  ).toBe(true);
  expect(await differencesAfterwards()).toEqual([]);
}, 180_000);

test('the registry is away for 30 s while events flow: known schemas need no registry', async () => {
  await flowDuring(
    passOutage(stack.registry, async () => {
      const before = await committedEvents();
      await installation.until(async () => (await committedEvents()) > before + 300n);
    }),
  );
  expect(await differencesAfterwards()).toEqual([]);
}, 180_000);

test('the broker is away for 30 s while events flow: producers hold back what it did not take', async () => {
  await flowDuring(passOutage(stack.kafka));
  expect(await differencesAfterwards()).toEqual([]);
}, 180_000);

test('the projector was never restarted', () => {
  expect(projector.logLines.filter(({ msg }) => msg === 'joining the group')).toHaveLength(1);
});
