import { afterEach, expect, test } from '@jest/globals';
import type { EventLog } from '@offerlock/event-log';
import { createHandClock, createMemoryLog } from '@offerlock/event-log/memory';
import { createMemoryProjection } from '@offerlock/projection/memory';
import { pino } from 'pino';
import { noteFreshness } from './freshness.ts';

const observer = { claimed() {}, claimEnded() {}, committed() {}, halted() {} };
const partitions = 2;
const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A member of the group that processes only what it is allowed to, and freshness as that member notes it. */
async function begin() {
  const clock = createHandClock();
  const log = createMemoryLog({ partitions, scheduler: clock });
  const projection = createMemoryProjection({ clock });
  const logLines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => logLines.push(line) });

  const held: (() => void)[] = [];
  let isHolding = false;
  const member: EventLog = log.eventLog({ batchRecordsMax: 1 });
  const consumption = await member.consume(async () => {
    if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
    return [];
  }, observer);
  const stopping = new AbortController();
  const store = projection.store();
  const noting = noteFreshness(
    { eventLog: member, store, partitions: () => consumption.partitions(), clock, logger },
    stopping.signal,
  );
  const releaseAll = async (): Promise<void> => {
    for (const release of held.splice(0)) release();
    await settle();
  };
  ending.push(async () => {
    stopping.abort();
    isHolding = false;
    await releaseAll();
    await consumption.stop();
    await noting;
  });
  const startMs = clock.now();
  await settle();
  return {
    log,
    logLines,
    /** Records are held back before they are committed, until then. */
    hold: () => {
      isHolding = true;
    },
    /** Commits one more record of each partition. */
    releaseOne: releaseAll,
    pass: async (ms: number) => {
      clock.advance(ms);
      await settle();
    },
    /** By partition, ms since the test began. */
    folded: async () => {
      const { foldedThroughMs } = await projection.progressReader().progress();
      return Object.fromEntries(
        [...foldedThroughMs].map(([partition, timeMs]) => [partition, timeMs - startMs]),
      );
    },
  };
}

const record = { key: null, value: Buffer.from('an event') };

test('partitions without any record are fresh once they are claimed', async () => {
  const { pass, folded } = await begin();
  await pass(500);
  expect(await folded()).toEqual({ 0: 500, 1: 500 });
  await pass(500);
  expect(await folded()).toEqual({ 0: 1_000, 1: 1_000 });
});

test('a partition is as fresh as the look at the end that its commits have come to', async () => {
  const { log, hold, releaseOne, pass, folded } = await begin();
  await pass(500);
  hold();
  log.put(0, [record, record]);
  await pass(500);
  log.put(0, [record]);
  await pass(500);
  await pass(500);
  expect(await folded()).toEqual({ 0: 500, 1: 2_000 });

  await releaseOne();
  await pass(500);
  expect(await folded()).toEqual({ 0: 500, 1: 2_500 });
  // The second record ends what was there at 1,000; the third came before 1,500, and nothing after it.
  await releaseOne();
  await pass(500);
  expect(await folded()).toEqual({ 0: 1_000, 1: 3_000 });
  await releaseOne();
  await pass(500);
  expect(await folded()).toEqual({ 0: 3_500, 1: 3_500 });
});

test('what no reader sees does not keep a partition from being fresh', async () => {
  const { log, pass, folded } = await begin();
  log.put(0, [record]);
  log.faults.abortTransaction('events', 0, 2);
  await pass(500);
  await pass(500);
  expect(await folded()).toEqual({ 0: 1_000, 1: 1_000 });
});

test('a partition that is far behind moves on when it has come nearer, and needs bounded memory for it', async () => {
  const { log, hold, releaseOne, pass, folded } = await begin();
  hold();
  for (let at = 0; at < 200; at += 1) {
    log.put(0, [record]);
    await pass(500);
  }
  expect(await folded()).toEqual({ 0: 0, 1: 100_000 });
  for (let at = 0; at < 100; at += 1) await releaseOne();
  await pass(500);
  // Of the first ends, 64 were kept.
  expect((await folded())[0]).toBe(32_000);
});

test('an error is told once at debug, and the next try goes on', async () => {
  const { log, logLines, pass, folded } = await begin();
  log.faults.setAvailable(false);
  await pass(500);
  await pass(500);
  expect(logLines.filter((line) => line.includes('could not note'))).toHaveLength(1);
  expect(logLines.every((line) => line.includes('"level":20'))).toBe(true);
  log.faults.setAvailable(true);
  await pass(500);
  expect(await folded()).toEqual({ 0: 1_500, 1: 1_500 });
  log.faults.setAvailable(false);
  await pass(500);
  expect(logLines.filter((line) => line.includes('could not note'))).toHaveLength(2);
});
