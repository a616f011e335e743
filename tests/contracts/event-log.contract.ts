import { describe, expect, test } from '@jest/globals';
import type { BatchHandler, LogBatch, OutputRecord } from '@offerlock/event-log';
import { OfferlockError } from '@offerlock/lifecycle';
import {
  allDrained,
  claimOf,
  createGate,
  drained,
  eventLogFixture,
  isIncreasing,
  keepIn,
  metricOf,
  numbered,
  offsets,
  partitions,
  statusOf,
  valuesOf,
  type EventLogHarness,
} from './event-log-fixture.ts';

export function describeEventLog(name: string, createHarness: () => Promise<EventLogHarness>): void {
  describe(`the event log on ${name}`, () => {
    const fixture = eventLogFixture(createHarness);
    const { until, open, read } = fixture;

    test('records come in order, and each batch begins where the last was committed', async () => {
      await fixture.harness.put(1, numbered(10));
      const batches: LogBatch[] = [];
      const { consumption, observed } = await open(
        (batch) => {
          batches.push(batch);
          return Promise.resolve([]);
        },
        { batchRecordsMax: 3 },
      );
      await until(() => drained(consumption, 1, 10n));
      expect(batches.flatMap(valuesOf)).toEqual(numbered(10));
      expect(batches.flatMap((batch) => batch.records.map(({ offset }) => offset))).toEqual(offsets(0, 10));
      expect(batches.every((batch) => batch.partition === 1 && batch.records.length <= 3)).toBe(true);
      expect(batches.map((batch) => batch.startOffset)).toEqual([
        0n,
        ...observed.committed.map(({ nextOffset }) => nextOffset).slice(0, -1),
      ]);
      expect(batches.at(-1)?.endOffset).toBe(10n);
      expect(observed.committed.reduce((sum, { records }) => sum + records, 0)).toBe(10);
    });

    test('a later member goes on where an earlier one stopped, under a greater epoch', async () => {
      await fixture.harness.put(0, numbered(3));
      const first = await open(() => Promise.resolve([]));
      await until(() => drained(first.consumption, 0, 3n));
      await first.consumption.stop();
      await fixture.harness.put(0, ['later']);
      const batches: LogBatch[] = [];
      const second = await open(keepIn(batches));
      await until(() => drained(second.consumption, 0, 4n));
      expect(batches.flatMap(valuesOf)).toEqual(['later']);
      expect(batches[0]?.startOffset).toBe(3n);
      const [earlier, later] = [claimOf(first.observed, 0), claimOf(second.observed, 0)];
      expect(later.epoch).toBeGreaterThan(earlier.epoch);
      expect(batches[0]?.epoch).toBe(later.epoch);
      expect(batches[0]?.trustedEpoch).toBe(earlier.epoch);
    });

    test('outputs land in the partition of their batch, with key and headers', async () => {
      await fixture.harness.put(2, ['a']);
      const outputs: OutputRecord[] = [
        { topic: 'metrics', key: 't/c', value: Buffer.from('metric'), headers: { kind: 'offered' } },
        { topic: 'deadLetters', key: Buffer.from([1, 2]), value: Buffer.from([0, 255]) },
        { topic: 'offerStates', key: 't/c/map', value: Buffer.from('state') },
        { topic: 'timers', key: null, value: Buffer.from('timer') },
        { topic: 'metrics', key: 't/d', value: Buffer.from('another') },
      ];
      const { consumption, observed } = await open(() => Promise.resolve(outputs));
      await until(() => drained(consumption, 2, 1n));
      expect(observed.committed).toMatchObject([{ partition: 2, nextOffset: 1n, records: 1, outputs: 5 }]);
      const metrics = await read('metrics');
      expect(metrics.map(({ value }) => String(value))).toEqual(['metric', 'another']);
      expect(metrics.map(({ partition }) => partition)).toEqual([2, 2]);
      expect(String(metrics[0]?.headers['kind'])).toBe('offered');
      expect(await read('deadLetters')).toMatchObject([
        { partition: 2, key: Buffer.from([1, 2]), value: Buffer.from([0, 255]) },
      ]);
      expect(await read('offerStates')).toMatchObject([
        { partition: 2, key: Buffer.from('t/c/map'), value: Buffer.from('state') },
      ]);
      expect(await read('timers')).toMatchObject([{ partition: 2, key: null }]);
    });

    test('many outputs of a batch become visible as one', async () => {
      await fixture.harness.put(0, ['many']);
      const outputs = numbered(2_500).map((value): OutputRecord => ({
        topic: 'metrics',
        key: value,
        value: Buffer.from(value),
      }));
      const { consumption } = await open(() => Promise.resolve(outputs));
      await until(() => drained(consumption, 0, 1n));
      expect((await read('metrics')).map(({ value }) => String(value))).toEqual(numbered(2_500));
    });

    test('after a retryable error the same range comes again under a greater epoch; others go on', async () => {
      await fixture.harness.put(0, ['a', 'b']);
      await fixture.harness.put(1, ['c']);
      const batches: LogBatch[] = [];
      const { consumption, observed } = await open(async (batch) => {
        batches.push(batch);
        if (batch.partition === 0 && batches.filter(({ partition }) => partition === 0).length < 3) {
          throw new OfferlockError('PROJECTION_UNAVAILABLE', 'down');
        }
        return [metricOf(batch)];
      });
      await until(() => drained(consumption, 0, 2n) && drained(consumption, 1, 1n));
      const tries = batches.filter(({ partition }) => partition === 0);
      expect(tries.map(valuesOf)).toEqual([
        ['a', 'b'],
        ['a', 'b'],
        ['a', 'b'],
      ]);
      expect(tries.map(({ startOffset }) => startOffset)).toEqual([0n, 0n, 0n]);
      expect(isIncreasing(tries.map(({ epoch }) => epoch))).toBe(true);
      expect(new Set(tries.map(({ trustedEpoch }) => trustedEpoch)).size).toBe(1);
      expect(observed.ended.filter(({ partition }) => partition === 0)).toMatchObject([
        { cause: 'failed', error: { code: 'PROJECTION_UNAVAILABLE' } },
        { cause: 'failed', error: { code: 'PROJECTION_UNAVAILABLE' } },
      ]);
      expect((await read('metrics')).map(({ value }) => String(value)).sort()).toEqual(['a,b', 'c']);
    });

    test('a partition that waits says why', async () => {
      await fixture.harness.put(3, ['a']);
      const { consumption } = await open(() =>
        Promise.reject(new OfferlockError('REGISTRY_UNAVAILABLE', 'down')),
      );
      // A claim that a broker was not ready for is waited out too, and says so before.
      await until(() => {
        const { status, error } = statusOf(consumption, 3) ?? {};
        return status === 'waiting' && (error as OfferlockError).code === 'REGISTRY_UNAVAILABLE';
      });
      expect(statusOf(consumption, 3)).toMatchObject({ status: 'waiting', error: { message: 'down' } });
    });

    test('an error that asks for it halts its partition, and only that', async () => {
      await fixture.harness.put(0, ['bad']);
      await fixture.harness.put(1, ['good']);
      const { consumption, observed } = await open(async (batch) => {
        if (batch.partition === 0) throw new OfferlockError('OFFSET_MOVED_BACK', 'moved');
        return [metricOf(batch)];
      });
      await until(() => statusOf(consumption, 0)?.status === 'halted' && drained(consumption, 1, 1n));
      await fixture.harness.put(0, ['more']);
      await fixture.harness.put(1, ['more']);
      await until(() => drained(consumption, 1, 2n));
      expect(statusOf(consumption, 0)).toMatchObject({
        status: 'halted',
        error: { code: 'OFFSET_MOVED_BACK' },
      });
      expect(observed.halted).toMatchObject([{ partition: 0, error: { code: 'OFFSET_MOVED_BACK' } }]);
      expect(observed.claimed.filter(({ partition }) => partition === 0)).toHaveLength(1);
      expect((await read('metrics')).map(({ value }) => String(value))).toEqual(['good', 'more']);
    });

    test('any other error ends the consumption', async () => {
      await fixture.harness.put(0, ['a']);
      const { consumption } = await open(() => Promise.reject(new RangeError('a bug')));
      const outcome = consumption.done.then(
        () => 'resolved',
        (error: unknown) => error,
      );
      let ended: unknown;
      void outcome.then((value) => {
        ended = value;
        return value;
      });
      await until(() => ended !== undefined);
      expect(ended).toMatchObject({ name: 'RangeError', message: 'a bug' });
    });

    test('a fenced owner commits nothing, learns of it, and the range comes again', async () => {
      await fixture.harness.put(2, ['a']);
      const gate = createGate();
      const batches: LogBatch[] = [];
      const { consumption, observed } = await open(async (batch) => {
        batches.push(batch);
        if (batches.length === 1) await gate.passed;
        return [{ ...metricOf(batch), value: Buffer.from(`attempt ${batches.length}`) }];
      });
      await until(() => batches.length === 1);
      await fixture.harness.fence(2);
      gate.open();
      await until(() => drained(consumption, 2, 1n));
      expect(observed.ended).toMatchObject([
        { partition: 2, epoch: batches[0]?.epoch, cause: 'fenced', error: { code: 'CLAIM_LOST' } },
      ]);
      expect(batches.map(({ startOffset }) => startOffset)).toEqual([0n, 0n]);
      expect(isIncreasing(batches.map(({ epoch }) => epoch))).toBe(true);
      expect((await read('metrics')).map(({ value }) => String(value))).toEqual(['attempt 2']);
    });

    test('two members share the partitions and process every record once', async () => {
      await putEverywhere(fixture.harness, 'a');
      const first = await open(metricPerRecord, { batchRecordsMax: 5 });
      await until(() => allDrained(20n, first.consumption));
      const second = await open(metricPerRecord, { batchRecordsMax: 5 });
      await putEverywhere(fixture.harness, 'b');
      await until(
        () => second.consumption.partitions().length === 2 && first.consumption.partitions().length === 2,
      );
      await until(() => allDrained(40n, first.consumption, second.consumption));
      await first.consumption.stop();
      await putEverywhere(fixture.harness, 'c');
      await until(() => allDrained(60n, second.consumption));
      const metrics = (await read('metrics')).map(({ value }) => String(value));
      expect(metrics).toHaveLength(240);
      expect(new Set(metrics).size).toBe(240);
      for (let partition = 0; partition < partitions; partition += 1) {
        const epochs = [...first.observed.claimed, ...second.observed.claimed]
          .filter((claim) => claim.partition === partition)
          .map(({ epoch }) => epoch);
        expect(new Set(epochs).size).toBe(epochs.length);
      }
    });

    test('stopping commits the batch in hand and no more', async () => {
      await fixture.harness.put(1, numbered(4));
      const gate = createGate();
      const batches: LogBatch[] = [];
      const { consumption, observed } = await open(
        async (batch) => {
          batches.push(batch);
          await gate.passed;
          return [metricOf(batch)];
        },
        { batchRecordsMax: 2 },
      );
      await until(() => batches.length === 1);
      const stopped = consumption.stop();
      expect(consumption.stop()).toBe(stopped);
      gate.open();
      await stopped;
      await consumption.done;
      expect(batches).toHaveLength(1);
      expect(observed.committed).toMatchObject([{ partition: 1, nextOffset: 2n }]);
      expect(observed.ended.every(({ cause }) => cause === 'released')).toBe(true);
      expect((await read('metrics')).map(({ value }) => String(value))).toEqual(['0,1']);
    });

    test('stopping right after the start ends as well', async () => {
      await fixture.harness.put(0, ['a']);
      const { consumption } = await open(() => Promise.resolve([]));
      await consumption.stop();
      await consumption.done;
      expect(consumption.partitions()).toEqual([]);
    });

    test('a gap between records is passed over', async () => {
      await fixture.harness.put(0, ['a']);
      await fixture.harness.leaveGap(0, 4);
      await fixture.harness.put(0, ['b', 'c']);
      const batches: LogBatch[] = [];
      const { consumption } = await open(keepIn(batches), { batchRecordsMax: 1 });
      await until(() => drained(consumption, 0, 7n));
      expect(batches.map(valuesOf)).toEqual([['a'], ['b'], ['c']]);
      expect(batches.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual([0n, 5n, 6n]);
    });

    test('a claim can begin before a gap', async () => {
      await fixture.harness.put(3, ['a']);
      const first = await open(() => Promise.resolve([]));
      await until(() => drained(first.consumption, 3, 1n));
      await first.log.close();
      await fixture.harness.leaveGap(3, 3);
      await fixture.harness.put(3, ['b']);
      const batches: LogBatch[] = [];
      const second = await open(keepIn(batches));
      await until(() => drained(second.consumption, 3, 5n));
      expect(batches).toMatchObject([{ startOffset: 1n, records: [{ offset: 4n }] }]);
    });

    test('an offset that somebody moved is taken, but no longer trusted', async () => {
      await fixture.harness.put(0, numbered(3));
      const first = await open(() => Promise.resolve([]));
      await until(() => drained(first.consumption, 0, 3n));
      await first.log.close();
      await fixture.harness.moveCommitted(0, 1n);
      const batches: LogBatch[] = [];
      const second = await open(keepIn(batches));
      await until(() => drained(second.consumption, 0, 3n));
      expect(batches.flatMap(valuesOf)).toEqual(['1', '2']);
      expect(batches[0]?.epoch).toBeGreaterThan(claimOf(first.observed, 0).epoch);
      expect(batches[0]?.trustedEpoch).toBe(batches[0]?.epoch);
    });

    test('an offset outside the log halts the partition and names the way out', async () => {
      await fixture.harness.put(0, numbered(3));
      await fixture.harness.moveCommitted(0, 1_000n);
      const { consumption, observed } = await open(() => Promise.resolve([]));
      await until(() => statusOf(consumption, 0)?.status === 'halted');
      expect(observed.halted).toMatchObject([{ partition: 0, error: { code: 'OFFSET_OUT_OF_RANGE' } }]);
      expect(String(statusOf(consumption, 0)?.error)).toContain('offerlock rebuild');
    });
  });
}

const metricPerRecord: BatchHandler = (batch) =>
  Promise.resolve(batch.records.map((record) => metricOf({ ...batch, records: [record] })));

async function putEverywhere(harness: EventLogHarness, round: string): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1) {
    await harness.put(
      partition,
      numbered(20).map((value) => `${round}-${partition}-${value}`),
    );
  }
}
