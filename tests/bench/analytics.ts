/**
 * How fast metrics go into a report store, how long a month by day takes, and what a metric costs on disk.
 *
 * Options: --metrics <number> (default 1,000,000), --batch <rows> (default 50,000), --days <number> (default 30).
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDuckDbReportStore } from '@offerlock/analytics/duckdb';
import type { ReportQuery, StoredMetric } from '@offerlock/analytics';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 8, 1);
const names = ['qualified', 'offered', 'accepted', 'started', 'engaged'] as const;
const hex = '0123456789abcdef';

const { values } = parseArgs({
  options: {
    metrics: { type: 'string', default: '1000000' },
    batch: { type: 'string', default: '50000' },
    days: { type: 'string', default: '30' },
  },
});
const total = Number(values.metrics);
const batchRows = Number(values.batch);
const days = Number(values.days);
if (![total, batchRows, days].every((number) => Number.isInteger(number) && number > 0)) {
  throw new Error('--metrics, --batch and --days: expected whole numbers from 1');
}

/** The nth metric of steady traffic: 5 steps of an action, 4 actions of a customer, 20 maps. */
function metricAt(index: number): StoredMetric {
  const action = Math.floor(index / names.length);
  const step = index % names.length;
  const occurredAt = start + Math.floor((index / total) * days * dayMs);
  const customer = (Math.imul(Math.floor(action / 4), 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  let noise = Math.imul(index + 1, 2_246_822_519) >>> 0;
  let id = '';
  for (let digit = 0; digit < 24; digit += 1) {
    noise = (Math.imul(noise ^ (noise >>> 15), 2_246_822_519) + index) >>> 0;
    id += hex[noise >>> 28];
  }
  const unique = index.toString(16).padStart(8, '0');
  return {
    partition: 0,
    offset: BigInt(index),
    metric: {
      metricId: `${id.slice(0, 8)}-${id.slice(8, 12)}-5${id.slice(12, 15)}-a${id.slice(15, 18)}-${id.slice(18, 22)}${unique}`,
      metric: names[step] ?? 'qualified',
      tenantId: 'default',
      customerId: `5f3c9a1e-0000-4000-8000-${customer}0000`,
      sessionId: `9d1b77aa-0000-4000-8000-${customer}${(action % 4).toString().padStart(4, '0')}`,
      actionId: `c0ffee00-0000-4000-8000-${action.toString(16).padStart(12, '0')}`,
      actionMapId: `map-${action % 20}`,
      actionMapVersion: 1 + (action % 3),
      actionMediaType: 'webchat',
      previousState: step === 0 ? null : (names[step - 1] ?? null),
      millisInPreviousState: step === 0 ? null : noise % 10_000,
      millisSinceOffered: step < 2 ? null : noise % 60_000,
      terminal: step === 4,
      occurredAt,
      receivedAt: occurredAt + 40,
      processedAt: occurredAt + 90,
      topic: 'webactions.events.v1',
      partition: 0,
      offset: index,
    },
  };
}

const folder = await mkdtemp(join(tmpdir(), 'offerlock-bench-analytics-'));
const path = join(folder, 'reports.duckdb');
const store = await openDuckDbReportStore({ path });
try {
  let appendingMs = 0;
  const cpuBefore = process.cpuUsage();
  let generatingCpu = 0;
  for (let next = 0; next < total; next += batchRows) {
    const before = process.cpuUsage();
    const metrics = Array.from({ length: Math.min(batchRows, total - next) }, (_, row) =>
      metricAt(next + row),
    );
    const { user, system } = process.cpuUsage(before);
    generatingCpu += user + system;
    const began = performance.now();
    await store.append({
      metrics,
      blockedOffers: [],
      nextOffsets: { metrics: new Map([[0, BigInt(next + metrics.length)]]), blockedOffers: new Map() },
    });
    appendingMs += performance.now() - began;
  }
  const cpu = process.cpuUsage(cpuBefore);
  const appendingCpuMs = (cpu.user + cpu.system - generatingCpu) / 1_000;
  const perCore = Math.round(total / (appendingCpuMs / 1_000));
  print(
    `ingest: ${total} metrics in ${Math.round(appendingMs)} ms of appending, ${Math.round(total / (appendingMs / 1_000))} per second; ${perCore} per second of CPU`,
  );
  print(`memory: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB resident`);

  const byDay: ReportQuery = {
    tenantId: 'default',
    periods: Array.from({ length: days }, (_, day) => ({
      from: start + day * dayMs,
      to: start + (day + 1) * dayMs,
    })),
    timeAxis: 'event',
    by: [],
    actionMapIds: null,
    versions: null,
    mediaTypes: null,
  };
  const timed = async (title: string, query: ReportQuery): Promise<void> => {
    const took: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const began = performance.now();
      await store.report(query);
      took.push(performance.now() - began);
    }
    print(`report, ${title}: ${Math.round(took.toSorted((a, b) => a - b)[1] ?? 0)} ms (median of 3)`);
  };
  await timed(`${days} days by day`, byDay);
  await timed(`${days} days by day, one map of 20`, { ...byDay, actionMapIds: ['map-7'] });
  await timed(`${days} days by day and map`, { ...byDay, by: ['actionMap'] });
  await store.retain(0);
  const { size } = await stat(path);
  print(`disk: ${(size / total).toFixed(1)} bytes per metric`);
  print(`${perCore} metrics per second of CPU`);
} finally {
  await store.close();
  await rm(folder, { recursive: true });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
