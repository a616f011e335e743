/*
 * How fast one projector drains a preloaded topic: 4 partitions, changelog and metrics on. Prints a table per run; the
 * last line is the main figure. `npm run bench:drain -- --help`.
 */
import { parseArgs } from 'node:util';
import { startStack } from '@offerlock/stack';
import { createInstallation } from '../support/installation.ts';
import { publishSimulated } from '../support/publish-simulated.ts';
import { redisFacts } from '../support/redis-facts.ts';

const help = `npm run bench:drain -- [--events 500000] [--runs 3] [--batch 2000] [--cpu-prof <directory>]

Preloads simulated events into 4 partitions, then drains them with one projector process on the real Kafka, registry and
Redis (those of the OFFERLOCK_ variables, or a stack of its own). CPU is that of the projector process alone.
`;

interface Run {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly stages: Readonly<Record<string, number>>;
  readonly batches: number;
  readonly memoryPerOffer: number;
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '500000' },
    runs: { type: 'string', default: '3' },
    batch: { type: 'string', default: '2000' },
    'cpu-prof': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function measure(run: number, events: number): Promise<Run> {
  const installation = await createInstallation();
  try {
    const environment = { ...process.env, ...installation.environment };
    const before = await redisFacts(environment);
    await publishSimulated(installation, { seed: 1_000 + run, events });
    const profile =
      values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`];
    const projector = installation.startProjector(
      { OFFERLOCK_BATCH_RECORDS_MAX: values.batch, OFFERLOCK_LOG_LEVEL: 'info' },
      { nodeArguments: ['--max-semi-space-size=64', ...profile] },
    );
    await installation.until(() => projector.logLines.some(({ msg }) => msg === 'joining the group'));
    const first = await projector.samples();
    const startedAt = performance.now();
    await installation.drained(600_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    const last = await projector.samples();
    const after = await redisFacts(environment);
    const counted = Object.entries(last)
      .filter(([name]) => name.startsWith('offerlock_events_total{'))
      .reduce((sum, [, count]) => sum + count, 0);
    if (counted !== events) throw new Error(`${counted} events were counted, ${events} published`);
    projector.kill('SIGTERM');
    await projector.exited;
    const stage = (name: string) => last[`offerlock_stage_seconds_sum{stage="${name}"}`] ?? 0;
    return {
      events,
      seconds,
      cpuSeconds: (last['process_cpu_seconds_total'] ?? 0) - (first['process_cpu_seconds_total'] ?? 0),
      stages: {
        decode: stage('decode'),
        load: stage('load'),
        fold: stage('fold'),
        save: stage('save'),
        commit: last['offerlock_transaction_seconds_sum'] ?? 0,
      },
      batches: last['offerlock_batch_records_count'] ?? 0,
      memoryPerOffer: (after.usedMemoryBytes - before.usedMemoryBytes) / after.offers,
    };
  } finally {
    await installation.close();
  }
}

function print(title: string, run: Run): void {
  const rate = Math.round(run.events / run.seconds);
  const perCpu = Math.round(run.events / run.cpuSeconds);
  console.log(`\n${title}: ${run.events} events in ${run.seconds.toFixed(1)} s, ${run.batches} batches`);
  console.log(
    `  ${rate} events/s, ${perCpu} events per CPU-second of the projector (${run.cpuSeconds.toFixed(1)} s)`,
  );
  for (const [stage, seconds] of Object.entries(run.stages)) {
    const perEvent = ((seconds / run.events) * 1e6).toFixed(1);
    console.log(
      `  ${stage.padEnd(7)} ${seconds.toFixed(2).padStart(7)} s  ${perEvent.padStart(6)} µs per event`,
    );
  }
  console.log(`  ${Math.round(run.memoryPerOffer)} bytes of Redis memory per offer`);
}

async function bench(): Promise<void> {
  const stack = await startStack();
  Object.assign(process.env, {
    OFFERLOCK_KAFKA_BROKERS: stack.brokers.join(','),
    OFFERLOCK_REGISTRY_URL: stack.registryUrl,
    OFFERLOCK_REDIS_ADDRESSES: stack.redisAddress,
  });
  try {
    const runs: Run[] = [];
    for (let run = 1; run <= Number(values.runs); run += 1) {
      const measured = await measure(run, Number(values.events));
      print(`run ${run}`, measured);
      runs.push(measured);
    }
    const rates = runs
      .map((run) => Math.round(run.events / run.cpuSeconds))
      .sort((one, other) => one - other);
    const median = rates[Math.floor(rates.length / 2)];
    console.log(
      `\nmedian of ${runs.length} runs: ${median} events per CPU-second (${rates[0]} to ${rates.at(-1)})`,
    );
  } finally {
    await stack.stop();
  }
}

if (values.help) console.log(help);
else await bench();
