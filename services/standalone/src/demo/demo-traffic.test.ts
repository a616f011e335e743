import { expect, test } from '@jest/globals';
import { createHandClock } from '@offerlock/event-log/memory';
import type { SinkRecord } from '@offerlock/event-log';
import { OfferlockError, type WebActionEvent } from '@offerlock/lifecycle';
import { pino } from 'pino';
import { createDemoTraffic, demoTenant } from './demo-traffic.ts';

test('events come at the rate, also after many of them', async () => {
  const { demo, moveBy, records } = createDemo();
  demo.start();
  await moveBy(600_000, 37);
  await demo.stop();

  // Some events are written together with the next one, so the last may be a little ahead.
  expect(records.length).toBeGreaterThanOrEqual(600 * 6);
  expect(records.length).toBeLessThanOrEqual(600 * 6 + 2);
});

test('events happen now, belong to the demo tenant, and whole journeys take less than two minutes', async () => {
  const { demo, moveBy, records, clock } = createDemo();
  const beginMs = clock.now();
  demo.start();
  await moveBy(120_000, 50);
  await demo.stop();

  const events = records.flatMap(({ value }) => decoded(value));
  expect(new Set(events.map(({ tenantId }) => tenantId))).toEqual(new Set([demoTenant]));
  expect(Math.min(...events.map(({ receivedAt }) => receivedAt))).toBe(beginMs);
  expect(Math.max(...events.map(({ receivedAt }) => receivedAt))).toBeLessThanOrEqual(clock.now());
  expect(events.filter(({ actionState }) => actionState === 'engaged').length).toBeGreaterThan(0);
});

test('a machine that slept does not make the visitors hurry', async () => {
  const { demo, moveBy, records } = createDemo();
  demo.start();
  await moveBy(1_000, 50);
  const before = records.length;
  await moveBy(3_600_000, 3_600_000);
  await demo.stop();

  expect(records.length - before).toBeLessThan(20);
});

test('switched off it writes nothing, and another run brings other visitors', async () => {
  const { demo, moveBy, records } = createDemo();
  demo.start();
  expect(demo.running).toBe(true);
  await moveBy(5_000, 100);
  await demo.stop();
  expect(demo.running).toBe(false);
  const first = records.splice(0).map(({ key }) => key);
  await moveBy(5_000, 100);
  expect(records).toEqual([]);

  demo.start();
  await moveBy(5_000, 100);
  await demo.stop();
  const second = new Set(records.map(({ key }) => key));
  expect(second.size).toBeGreaterThan(0);
  expect(first.filter((key) => key !== null && second.has(key))).toEqual([]);
});

test('starting or stopping twice is the same as once', async () => {
  const { demo, moveBy, records } = createDemo();
  demo.start();
  demo.start();
  await moveBy(10_000, 100);
  await Promise.all([demo.stop(), demo.stop()]);

  expect(records.length).toBeLessThanOrEqual(62);
});

test('while the log is down the visitors wait, and then go on where they were', async () => {
  const { demo, moveBy, records, log } = createDemo();
  demo.start();
  await moveBy(5_000, 100);
  const before = records.length;
  log.down = true;
  await moveBy(10_000, 100);
  expect(records.length).toBe(before);
  log.down = false;
  await moveBy(5_000, 100);
  await demo.stop();

  expect(records.length).toBeGreaterThan(before + 20);
  expect(records.length).toBeLessThan(before + 50);
});

test('each start makes sure that there are action maps, and visitors come without them too', async () => {
  const { demo, moveBy, records, maps } = createDemo();
  demo.start();
  await moveBy(1_000, 100);
  await demo.stop();
  expect(maps.published).toBe(1);

  maps.fail = true;
  records.splice(0);
  demo.start();
  await moveBy(2_000, 100);
  await demo.stop();
  expect(maps.published).toBe(1);
  expect(records.length).toBeGreaterThan(0);
});

test('it stops while the log is down', async () => {
  const { demo, moveBy, log } = createDemo();
  log.down = true;
  demo.start();
  await moveBy(3_000, 100);
  await demo.stop();

  expect(demo.running).toBe(false);
});

function createDemo() {
  const clock = createHandClock();
  const records: SinkRecord[] = [];
  const log = { down: false };
  const maps = { published: 0, fail: false };
  let seed = 0;
  const demo = createDemoTraffic({
    clock,
    sink: {
      append: async (added) => {
        if (log.down) throw new OfferlockError('LOG_UNAVAILABLE', 'down');
        records.push(...added);
      },
      close: async () => {},
    },
    encoder: { encode: (event) => Buffer.from(JSON.stringify(event)) },
    eventsPerSecond: 6,
    nextSeed: () => (seed += 1),
    publishMaps: async () => {
      if (maps.fail) throw new OfferlockError('LOG_UNAVAILABLE', 'down');
      maps.published += 1;
    },
    logger: pino({ level: 'silent' }),
  });
  /** Time passes in steps; after each, everything that was due has happened. */
  const moveBy = async (ms: number, stepMs: number): Promise<void> => {
    // Everything here waits for nothing but the clock, so a turn of the event loop empties all microtasks.
    await new Promise(setImmediate);
    for (let moved = 0; moved < ms; moved += stepMs) {
      clock.advance(stepMs);
      await new Promise(setImmediate);
    }
  };
  return { demo, clock, records, moveBy, log, maps };
}

function decoded(value: Buffer | null): WebActionEvent[] {
  try {
    const event = JSON.parse(value?.toString() ?? '') as WebActionEvent;
    return event.customerId === undefined ? [] : [event];
  } catch {
    return [];
  }
}
