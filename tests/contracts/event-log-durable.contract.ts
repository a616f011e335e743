import { describe, expect, test } from '@jest/globals';
import type { BatchHandler, LogBatch } from '@offerlock/event-log';
import {
  claimOf,
  createGate,
  drained,
  eventLogFixture,
  keepIn,
  metricOf,
  numbered,
  valuesOf,
  type DurableHarness,
} from './event-log-fixture.ts';

/** What a log keeps when the process that uses it ends at any moment. */
export function describeDurableLog(name: string, createHarness: () => Promise<DurableHarness>): void {
  describe(`a restart of the process, on ${name}`, () => {
    const fixture = eventLogFixture(createHarness);
    const { until, open, read } = fixture;

    test('records, outputs, offsets and epochs are still there', async () => {
      await fixture.harness.put(1, numbered(6));
      const first = await open(perBatch, { batchRecordsMax: 4 });
      await until(() => drained(first.consumption, 1, 6n));
      const before = { events: await read('events'), metrics: await read('metrics') };
      await fixture.harness.restart();

      expect({ events: await read('events'), metrics: await read('metrics') }).toEqual(before);
      expect((await read('offerStates')).map(({ value }) => String(value))).toEqual(['4,5']);
      await fixture.harness.put(1, ['later']);
      const batches: LogBatch[] = [];
      const second = await open(keepIn(batches));
      await until(() => drained(second.consumption, 1, 7n));
      expect(batches).toMatchObject([
        { startOffset: 6n, trustedEpoch: claimOf(first.observed, 1).epoch, records: [{ offset: 6n }] },
      ]);
      expect(batches[0]?.epoch).toBeGreaterThan(claimOf(first.observed, 1).epoch);
    });

    test('a batch in hand comes again, and what it wanted to write is nowhere', async () => {
      await fixture.harness.put(2, ['a', 'b']);
      const gate = createGate();
      const lost: LogBatch[] = [];
      await open(async (batch) => {
        lost.push(batch);
        await gate.passed;
        return [metricOf(batch)];
      });
      await until(() => lost.length === 1);
      await fixture.harness.restart();
      gate.open();

      expect(await read('metrics')).toEqual([]);
      const batches: LogBatch[] = [];
      const second = await open(keepIn(batches));
      await until(() => drained(second.consumption, 2, 2n));
      expect(batches.map(valuesOf)).toEqual([['a', 'b']]);
      expect(batches[0]?.trustedEpoch).toBe(lost[0]?.trustedEpoch);
    });

    test('what the sink acknowledged is there, in order', async () => {
      const sink = fixture.harness.sink();
      const keys = ['t/a', 't/b', 't/c'];
      const appends = numbered(300).map((value, at) =>
        sink.append([{ key: keys[at % 3] ?? null, value: Buffer.from(value) }]),
      );
      await Promise.all(appends);
      await fixture.harness.restart();
      const found = await read('events');
      for (const [at, key] of keys.entries()) {
        const values = found.filter((record) => String(record.key) === key).map(({ value }) => String(value));
        expect(values).toEqual(numbered(300).filter((_, index) => index % 3 === at));
      }
    });
  });
}

const perBatch: BatchHandler = async (batch) => [
  metricOf(batch),
  { topic: 'offerStates', key: 't/c/map', value: Buffer.from(valuesOf(batch).join(',')) },
];
