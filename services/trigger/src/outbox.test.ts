import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { SinkRecord } from '@offerlock/event-log';
import { createHandClock } from '@offerlock/event-log/memory';
import { OfferlockError } from '@offerlock/lifecycle';
import { pino } from 'pino';
import { createOutbox } from './outbox.ts';

const recordOf = (text: string) => (): SinkRecord => ({ key: 'default/ann', value: Buffer.from(text) });

function createTestOutbox({ recordsMax = 100, batchRecordsMax = 10 } = {}) {
  const clock = createHandClock();
  const batches: string[][] = [];
  let isAway = false;
  let attempts = 0;
  const outbox = createOutbox({
    name: 'events',
    clock,
    logger: pino({ level: 'silent' }),
    recordsMax,
    batchRecordsMax,
    backoff: { minMs: 100, maxMs: 400 },
    sink: {
      append: async (records) => {
        attempts += 1;
        if (isAway) throw new OfferlockError('LOG_UNAVAILABLE', 'the log is away');
        batches.push(records.map(({ value }) => String(value)));
      },
      close: async () => {},
    },
  });
  const setAway = (away: boolean): void => {
    isAway = away;
  };
  return { outbox, clock, batches, setAway, attempts: () => attempts };
}

test('what is put in the same turn goes together, in order, in bounded batches', async () => {
  const { outbox, batches } = createTestOutbox({ batchRecordsMax: 2 });
  for (const text of ['a', 'b', 'c']) outbox.put(recordOf(text));
  await turn();
  expect(batches).toEqual([['a', 'b'], ['c']]);
  expect(outbox.counts()).toEqual({ waiting: 0, sent: 3, dropped: 0 });
});

test('while the log is away it tries again, ever more slowly, and then goes on in order', async () => {
  const { outbox, clock, batches, setAway, attempts } = createTestOutbox();
  setAway(true);
  outbox.put(recordOf('a'));
  await turn();
  outbox.put(recordOf('b'));
  const seen = [];
  for (const ms of [99, 1, 199, 1, 399, 1, 399, 1]) {
    clock.advance(ms);
    await turn();
    seen.push(attempts());
  }
  expect(seen).toEqual([1, 2, 2, 3, 3, 4, 4, 5]);
  expect(outbox.counts()).toEqual({ waiting: 2, sent: 0, dropped: 0 });
  setAway(false);
  clock.advance(400);
  await turn();
  expect(batches).toEqual([['a'], ['b']]);
});

test('what is too much is dropped and counted, the newest first', async () => {
  const { outbox, clock, batches, setAway } = createTestOutbox({ recordsMax: 2 });
  setAway(true);
  for (const text of ['a', 'b', 'c', 'd']) outbox.put(recordOf(text));
  await turn();
  expect(outbox.counts()).toEqual({ waiting: 2, sent: 0, dropped: 2 });
  setAway(false);
  clock.advance(100);
  await turn();
  expect(batches).toEqual([['a', 'b']]);
});

test('a stop sends what waits', async () => {
  const { outbox, batches } = createTestOutbox();
  outbox.put(recordOf('a'));
  await outbox.stop(1_000);
  expect(batches).toEqual([['a']]);
  outbox.put(recordOf('too late'));
  expect(outbox.counts()).toEqual({ waiting: 0, sent: 1, dropped: 1 });
});

test('a stop ends after its deadline, and counts what is lost', async () => {
  const { outbox, clock, setAway } = createTestOutbox();
  setAway(true);
  outbox.put(recordOf('a'));
  await turn();
  outbox.put(recordOf('b'));
  let stopped = false;
  const stop = async (): Promise<void> => {
    await outbox.stop(1_000);
    stopped = true;
  };
  const stopping = stop();
  clock.advance(999);
  await turn();
  expect(stopped).toBe(false);
  clock.advance(1);
  await stopping;
  await turn();
  expect(outbox.counts()).toEqual({ waiting: 0, sent: 0, dropped: 2 });
});
