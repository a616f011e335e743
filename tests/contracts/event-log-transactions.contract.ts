import { describe, expect, test } from '@jest/globals';
import type { LogBatch } from '@offerlock/event-log';
import {
  drained,
  eventLogFixture,
  keepIn,
  statusOf,
  valuesOf,
  type TransactionalHarness,
} from './event-log-fixture.ts';

/** What only a log of brokers has: records that nobody sees at the end of a partition, and topics that are missing. */
export function describeTransactionalLog(
  name: string,
  createHarness: () => Promise<TransactionalHarness>,
): void {
  describe(`aborted transactions and missing topics on ${name}`, () => {
    const fixture = eventLogFixture(createHarness);
    const { until, open, read } = fixture;

    test('records of aborted transactions are passed over, and leave no lag behind', async () => {
      await fixture.harness.put(0, ['a']);
      await fixture.harness.abortTransaction(0, 3);
      const batches: LogBatch[] = [];
      const { consumption } = await open(keepIn(batches));
      await until(() => drained(consumption, 0, 5n));
      await fixture.harness.abortTransaction(0, 1);
      await fixture.harness.put(0, ['b']);
      await until(() => drained(consumption, 0, 8n));
      expect(batches.map(valuesOf)).toEqual([['a'], ['b']]);
    });

    test('a claim on nothing but an aborted transaction leaves no lag behind', async () => {
      await fixture.harness.abortTransaction(3, 2);
      const { consumption } = await open(() => Promise.resolve([]));
      await until(() => drained(consumption, 3, 3n));
      expect(statusOf(consumption, 3)).toMatchObject({ status: 'claimed', error: null });
    });

    test('a reader ends on a topic that holds nothing but an aborted transaction', async () => {
      await fixture.harness.abortTransaction(1, 2);
      await expect(read('events')).resolves.toEqual([]);
    });

    test('a topic that is missing is found by the check', async () => {
      const log = fixture.harness.member();
      fixture.closeLater(log);
      await fixture.harness.removeTopic('timers');
      await expect(log.checkTopics()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    });
  });
}
