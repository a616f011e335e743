/*
 * Property: whoever decides, and however many at a time, no visitor is offered the same thing twice, unless its re-offer
 * scope allows it, and what is promised to one is promised to nobody else.
 * Provoked by four processes that ask twenty times at once about each of 1,000 customers, again and again, while visitors
 * show, reject, give back or forget their offers, leases run out, and the projector stands still for longer than a lease.
 */
import { afterEach, expect, test } from '@jest/globals';
import { parseVariables, redisConnectionOf, redisVariables } from '@offerlock/config';
import { createRedisProgressReader } from '@offerlock/projection/redis';
import { createDecoder } from '@offerlock/schemas';
import { reportingGraceMs } from '@offerlock/trigger';
import { startDeciderProcess, type Visit } from '../support/decider-process.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { isLate, promiseFaults } from '../support/promise-faults.ts';
import { mayComeAgain } from '../support/race-rules.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';

const customersAtOnce = 25;
const chunks = 40;
const deciders = 4;
/** Of each decider, about each customer: at first, and later. */
const [asksFirst, asksLater] = [5, 2];
const partitions = 4;
const leaseMs = 2_000;
const standstillMs = 2 * leaseMs;

const opened: { close(): Promise<void> }[] = [];
/** Closed after the test, last first. */
function own<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
  opened.push(thing);
  return thing;
}
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close();
});

const visitsOf = (chunk: number, sessionId: string, asks = asksLater): readonly Visit[] =>
  chunk < 0 || chunk >= chunks
    ? []
    : Array.from({ length: customersAtOnce }, (_, at) => ({
        customerId: `visitor-${chunk * customersAtOnce + at}`,
        sessionId,
        asks,
      }));

async function startCluster(): Promise<Readonly<Record<string, string>>> {
  const cluster = await startRedisCluster();
  own({ close: () => cluster.remove() });
  return { OFFERLOCK_REDIS_MODE: 'cluster', OFFERLOCK_REDIS_ADDRESSES: cluster.addresses.join(',') };
}

test.each([
  { redis: 'one Redis', start: async () => ({}) },
  { redis: 'a Redis Cluster', start: startCluster },
])(
  'nobody is offered the same thing twice, on $redis',
  async ({ redis: kind, start }) => {
    const installation = own(await createInstallation({ partitions }));
    const environment: Record<string, string> = { ...installation.environment, ...(await start()) };
    const redis = redisConnectionOf(parseVariables(redisVariables, { ...process.env, ...environment }));
    const progressReader = own(createRedisProgressReader(redis));
    const isFolded = async (throughMs: number): Promise<boolean> => {
      const { foldedThroughMs } = await progressReader.progress();
      return (
        Array.from(foldedThroughMs.values()).filter((timeMs) => timeMs > throughMs).length === partitions
      );
    };

    const projector = installation.startProjector(environment);
    const processes = Array.from({ length: deciders }, () => {
      const started = startDeciderProcess({ ...environment, LEASE_MS: String(leaseMs) });
      own({ close: async () => started.kill() });
      return started;
    });
    await Promise.all(processes.map(({ begun }) => begun));

    let [decided, unavailable, tries] = [0, 0, 0];
    const step = async (visits: readonly Visit[]): Promise<void> => {
      for (const reply of await Promise.all(processes.map((one) => one.ask({ visits })))) {
        decided += reply.decided;
        unavailable += reply.unavailable;
        tries += reply.tries;
      }
    };
    let stoppedMs: number | null = null;
    const isStandstillOver = () => stoppedMs !== null && Date.now() - stoppedMs > standstillMs;
    for (let at = 0; at < chunks + 8; at += 1) {
      // The same session at once and, of some, a little later; another one when leases run out.
      const some = at % 3 === 0 ? visitsOf(at - 1, 'first') : [];
      await step([...visitsOf(at, 'first', asksFirst), ...some, ...visitsOf(at - 8, 'second')]);
      if (at === chunks / 4) {
        projector.kill('SIGSTOP');
        stoppedMs = Date.now();
      }
      if (isStandstillOver()) projector.kill('SIGCONT');
    }
    await installation.until(isStandstillOver);
    projector.kill('SIGCONT');
    const lastPromiseEndsMs = Date.now() + leaseMs + reportingGraceMs;
    await installation.until(() => isFolded(lastPromiseEndsMs));
    for (let at = 0; at < chunks; at += 6)
      await step([...visitsOf(at, 'second'), ...visitsOf(at + 1, 'second')]);

    const promises = (await Promise.all(processes.map((one) => one.end()))).flat();
    expect(promiseFaults(promises).slice(0, 10)).toEqual([]);

    await installation.drained();
    const late = new Set(promises.filter(isLate).map(({ actionId }) => actionId));
    const offered = await offeredOf(installation, late);
    const shown = promises.filter(({ fate, actionId }) => fate === 'shown' && !late.has(actionId));
    expect(shown.filter(({ actionId }) => !offered.actions.has(actionId)).slice(0, 10)).toEqual([]);
    expect(offered.twice.slice(0, 10)).toEqual([]);

    // None of this means anything unless all of it has happened, many times.
    const ofFate = (fate: string) => promises.filter((promise) => promise.fate === fate).length;
    process.stderr.write(
      `[race] ${kind}: ${decided} decided, ${unavailable} unavailable, ${tries} reads; ${ofFate('shown')} shown ` +
        `(${late.size} late), ${ofFate('released')} released, ${ofFate('forgotten')} forgotten\n`,
    );
    expect(unavailable).toBeLessThan(decided / 50);
    expect(tries).toBeGreaterThan(decided);
    expect(shown.length).toBeGreaterThan(1_000);
    expect(ofFate('released')).toBeGreaterThan(300);
    expect(ofFate('forgotten')).toBeGreaterThan(300);
  },
  300_000,
);

/** Actions whose offer was folded, and maps that were offered to a customer by more than one of them. */
async function offeredOf(installation: Installation, without: ReadonlySet<string>) {
  const decoder = createDecoder(installation.registry, { metric: (metric) => metric });
  const actions = new Set<string>();
  const byMap = new Map<string, string>();
  const twice: string[] = [];
  await installation.reader.read('metrics', async (records) => {
    for (const { value } of records) {
      const metric = await decoder.decode(value);
      if ('type' in metric) throw new Error(`unreadable metric: ${metric.detail}`);
      if (metric.metric !== 'offered' || without.has(metric.actionId)) continue;
      actions.add(metric.actionId);
      const place = `${metric.customerId}/${metric.actionMapId}`;
      const earlier = byMap.get(place);
      if (earlier !== undefined && !mayComeAgain(metric.actionMediaType)) {
        twice.push(`${place}: ${earlier}, ${metric.actionId}`);
      }
      byMap.set(place, metric.actionId);
    }
  });
  return { actions, twice };
}
