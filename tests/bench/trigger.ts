/*
 * How many decisions one trigger makes per second of its processor, with 50 action maps and a Redis full of customers,
 * and how long they take at 80 % of that. The last line is the main figure. `npm run bench:trigger -- --help`.
 */
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { parseVariables, redisConnectionOf, redisVariables } from '@offerlock/config';
import { fold, type OfferState } from '@offerlock/lifecycle';
import { foldDefaults, journeyOf } from '@offerlock/lifecycle/testing';
import { positionOf } from '@offerlock/projection';
import { createRedisProjectionStore } from '@offerlock/projection/redis';
import { startStack } from '@offerlock/stack';
import { createInstallation, type Installation } from '../support/installation.ts';
import { repository, startServingProcess } from '../support/serving-process.ts';
import { until } from '../support/until.ts';

const help = `npm run bench:trigger -- [--customers 1000000] [--maps 50] [--qualifying 5] [--seconds 20] [--connections 64]

Fills Redis with customers who have finished one offer and publishes the maps; then one trigger process is asked over HTTP
by a process of its own: first as often as it answers, then at 80 % of that, where a question counts from the time it was due.
Each visitor qualifies for some of the maps (--qualifying): one or two of them are offered, each other one is reported as
blocked, and all are reported as qualified. The others ask for a segment that the visitor has not.
`;

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '1000000' },
    maps: { type: 'string', default: '50' },
    qualifying: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '64' },
    help: { type: 'boolean', default: false },
  },
});

const customersPerSave = 1_000;

/** Every customer has rejected the offer of the first map some time ago. */
async function fill({ environment }: Installation, customers: number): Promise<void> {
  const connection = redisConnectionOf(parseVariables(redisVariables, { ...process.env, ...environment }));
  const store = createRedisProjectionStore(connection, { ttlMs: 86_400_000 });
  const fields = { actionMapId: 'map-00', occurredAt: Date.now() - 86_400_000 };
  let state: OfferState | null = null;
  for (const event of journeyOf(['qualified', 'offered', 'rejected'], fields)) {
    const folded = fold(foldDefaults, state, { event, offset: 0n });
    if (folded.outcome !== 'applied') throw new Error(`a step was ${folded.outcome}`);
    ({ state } = folded);
  }
  const stateJson = JSON.stringify(state);
  const position = positionOf(1, 0n);
  try {
    for (let from = 0; from < customers; from += customersPerSave) {
      const count = Math.min(customersPerSave, customers - from);
      const writes = Array.from({ length: count }, (_, index) => ({
        key: { customer: `default/c${from + index}`, actionMapId: 'map-00' },
        position,
        stateJson,
        before: null,
      }));
      await store.save(writes);
    }
  } finally {
    await store.close();
  }
}

function fileOf(maps: number, qualifying: number): object {
  const pages = [['/cart'], ['/checkout'], ['/help'], ['/pricing'], ['shop']];
  return {
    actionMaps: Array.from({ length: maps }, (_, index) => ({
      id: `map-${String(index).padStart(2, '0')}`,
      version: 1,
      displayName: `Map ${index}`,
      startDate: '2020-01-01T00:00:00Z',
      weight: 1 + (index % 3),
      pageUrlConditions: [{ operator: 'containsAny', values: pages[index % pages.length] }],
      ...((index * qualifying) % maps < qualifying ? {} : { triggerWithSegments: ['returning visitor'] }),
      action: {
        mediaType: index % 5 === 0 ? 'contentOffer' : 'webchat',
        invitation: { prompt: 'May we help you?' },
      },
    })),
  };
}

interface Load {
  readonly answers: number;
  readonly p50: number;
  readonly p99: number;
  readonly statuses: Readonly<Record<string, number>>;
}

async function load(url: string, rate: number, seconds: string): Promise<Load> {
  const script = `${repository}tests/dist/bench/trigger-load.js`;
  const words = [script, url, values.customers, seconds, values.connections, String(rate)];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return JSON.parse(stdout) as Load;
}

function print(title: string, { answers, p50, p99, statuses }: Load): void {
  const times = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  console.log(`${title}: ${answers} answers, ${times}, ${JSON.stringify(statuses)}`);
}

async function measure(installation: Installation): Promise<void> {
  const customers = Number(values.customers);
  installation.startProjector();
  const trigger = startServingProcess({
    script: `${repository}services/trigger/dist/main.js`,
    environment: installation.environment,
    nodeArguments: ['--max-semi-space-size=64'],
  });
  try {
    const url = await trigger.url;
    await until('the trigger can decide', async () => (await fetch(`${url}/readyz`)).ok, {
      timeoutMs: 60_000,
    });
    const filledAt = performance.now();
    await fill(installation, customers);
    console.log(`${customers} customers in ${((performance.now() - filledAt) / 1_000).toFixed(1)} s`);
    const applied = await fetch(`${url}/v1/action-maps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fileOf(Number(values.maps), Number(values.qualifying))),
    });
    if (!applied.ok) throw new Error(`the maps were refused: ${await applied.text()}`);
    await until('the maps are in force', async () => {
      const { revision } = (await (await fetch(`${url}/v1/action-maps`)).json()) as { revision: number };
      return revision === 1;
    });

    print('warming up', await load(url, 0, values.seconds));
    const before = await trigger.samples();
    const full = await load(url, 0, values.seconds);
    const after = await trigger.samples();
    print('as many as it answers', full);
    const cpu = (after['process_cpu_seconds_total'] ?? 0) - (before['process_cpu_seconds_total'] ?? 0);
    const rate = full.answers / Number(values.seconds);
    const steady = await load(url, 0.8 * rate, values.seconds);
    print(`at ${Math.round(0.8 * rate)} a second`, steady);
    console.log(
      `${Math.round(rate)} decisions/s, the trigger had ${(cpu / Number(values.seconds)).toFixed(2)} cores`,
    );
    const perCore = Math.round(full.answers / cpu);
    console.log(`${perCore} decisions per CPU-second, p99 ${steady.p99.toFixed(1)} ms at 80 % load`);
  } finally {
    trigger.kill('SIGKILL');
    await trigger.exited;
  }
}

async function bench(): Promise<void> {
  const stack = await startStack();
  try {
    Object.assign(process.env, {
      OFFERLOCK_KAFKA_BROKERS: stack.brokers.join(','),
      OFFERLOCK_REGISTRY_URL: stack.registryUrl,
      OFFERLOCK_REDIS_ADDRESSES: stack.redisAddress,
    });
    const installation = await createInstallation();
    try {
      await measure(installation);
    } finally {
      await installation.close();
    }
  } finally {
    await stack.stop();
  }
}

if (values.help) console.log(help);
else await bench();
