import { expect, test } from '@jest/globals';
import type { LocalStep } from '../local/scheduler.ts';
import type { BatchHandler, Consumption, ConsumptionObserver, LogBatch } from '../ports.ts';
import { createHandClock, type HandClock } from './hand-clock.ts';
import { createMemoryLog, type MemoryLog } from './memory-log.ts';

interface Run {
  readonly log: MemoryLog;
  readonly clock: HandClock;
  readonly batches: LogBatch[];
  readonly ended: unknown[];
  readonly consumption: Consumption;
}

const settled = () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

async function run(prepare: (log: MemoryLog) => void, clock = createHandClock()): Promise<Run> {
  const log = createMemoryLog({ partitions: 1, scheduler: clock });
  log.put(0, [{ key: 'k', value: Buffer.from('a') }]);
  prepare(log);
  const batches: LogBatch[] = [];
  const ended: unknown[] = [];
  const handler: BatchHandler = async (batch) => {
    batches.push(batch);
    return [{ topic: 'metrics', key: 'k', value: Buffer.from(`attempt ${batches.length}`) }];
  };
  const observer: ConsumptionObserver = {
    claimed: () => {},
    claimEnded: (event) => ended.push(event),
    committed: () => {},
    halted: () => {},
  };
  const consumption = await log.eventLog().consume(handler, observer);
  await settled();
  return { log, clock, batches, ended, consumption };
}

const metricsOf = (log: MemoryLog) => log.records('metrics', 0).map(({ value }) => String(value));

test('a commit that fails before it took effect is made again', async () => {
  const { log, clock, batches, ended } = await run((prepared) => prepared.faults.failCommit('before'));
  expect(metricsOf(log)).toEqual([]);
  expect(log.committed(0)?.offset).toBe(0n);
  expect(ended).toMatchObject([{ cause: 'failed', error: { code: 'LOG_UNAVAILABLE' } }]);
  clock.advance(1_000);
  await settled();
  expect(metricsOf(log)).toEqual(['attempt 2']);
  expect(log.committed(0)).toMatchObject({ offset: 1n, mark: { epoch: batches[1]?.epoch } });
});

test('a commit whose answer is lost is not made again', async () => {
  const { log, clock, batches } = await run((prepared) => prepared.faults.failCommit('after'));
  clock.advance(1_000);
  await settled();
  expect(batches).toHaveLength(1);
  expect(metricsOf(log)).toEqual(['attempt 1']);
});

test('a claim that fails is tried again after a pause', async () => {
  const { log, clock, consumption } = await run((prepared) => prepared.faults.failClaim());
  expect(consumption.partitions()).toMatchObject([
    { status: 'waiting', nextOffset: null, error: { code: 'LOG_UNAVAILABLE' } },
  ]);
  clock.advance(199);
  await settled();
  expect(metricsOf(log)).toEqual([]);
  clock.advance(1);
  await settled();
  expect(metricsOf(log)).toEqual(['attempt 1']);
});

test('nothing happens while the log is down, and everything afterwards', async () => {
  const { log, clock } = await run((prepared) => prepared.faults.setAvailable(false));
  await expect(log.sink().append([])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  clock.advance(60_000);
  await settled();
  expect(metricsOf(log)).toEqual([]);
  log.faults.setAvailable(true);
  clock.advance(60_000);
  await settled();
  expect(metricsOf(log)).toEqual(['attempt 1']);
});

test('a stop that waits too long leaves the batch uncommitted', async () => {
  const clock = createHandClock();
  const log = createMemoryLog({ partitions: 1, scheduler: clock });
  log.put(0, [{ key: 'k', value: Buffer.from('a') }]);
  let finish: ((outputs: []) => void) | undefined;
  const handler: BatchHandler = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const observer = { claimed: () => {}, claimEnded: () => {}, committed: () => {}, halted: () => {} };
  const consumption = await log.eventLog({ stopTimeoutMs: 500 }).consume(handler, observer);
  await settled();
  const stopped = consumption.stop();
  clock.advance(500);
  await stopped;
  await consumption.done;
  finish?.([]);
  await settled();
  expect(log.committed(0)?.offset).toBe(0n);
});

test('every step goes through the scheduler, with its place', async () => {
  const clock = createHandClock();
  const steps: LocalStep[] = [];
  await run(() => {}, {
    ...clock,
    before: (step) => {
      steps.push(step);
      return clock.before(step);
    },
  });
  expect(steps.map(({ step }) => step)).toEqual([
    'init-producer',
    'read-committed',
    'mark',
    'fetch',
    'commit',
  ]);
  expect(new Set(steps.map(({ member, partition }) => `${member}/${partition}`))).toEqual(
    new Set(['member-1/0']),
  );
});
