import { describe, expect, test } from '@jest/globals';
import type { OutputRecord, TopicRecord } from '@offerlock/event-log';
import {
  drained,
  eventLogFixture,
  numbered,
  partitions,
  valuesOf,
  type EventLogHarness,
} from './event-log-fixture.ts';

/** The check of the topics, readers and sinks: what surrounds the consumption of events. */
export function describeEventLogEdges(name: string, createHarness: () => Promise<EventLogHarness>): void {
  describe(`topics, readers and sinks on ${name}`, () => {
    const fixture = eventLogFixture(createHarness);
    const { read } = fixture;

    test('the topics are checked', async () => {
      const log = fixture.harness.member();
      fixture.closeLater(log);
      await expect(log.checkTopics()).resolves.toEqual({ partitions });
    });

    test('the ends of the events topic count what no reader sees', async () => {
      const log = fixture.harness.member();
      fixture.closeLater(log);
      await fixture.harness.put(1, numbered(3));
      await fixture.harness.put(2, ['before']);
      await fixture.harness.leaveGap(2, 4);
      await fixture.harness.put(2, ['after']);
      const ends = await log.endOffsets();
      expect([...ends].toSorted(([one], [other]) => one - other)).toEqual([
        [0, 0n],
        [1, 3n],
        [2, 6n],
        [3, 0n],
      ]);
    });

    test('of a key with a tombstone nothing is left, until it has a value again', async () => {
      const { consumption } = await fixture.open(async (batch) => valuesOf(batch).flatMap(changesNamed));
      for (const [at, [change, states]] of [
        ['set', { 't/a/map': 'second', 't/b/map': 'other' }] as const,
        ['erase', { 't/a/map': null, 't/b/map': 'other' }] as const,
        ['again', { 't/a/map': 'third', 't/b/map': 'other' }] as const,
      ].entries()) {
        await fixture.harness.put(1, [change]);
        await fixture.until(() => drained(consumption, 1, BigInt(at + 1)));
        const records = await read('offerStates');
        for (const [key, state] of Object.entries(states)) expect(newestOf(records, key)).toBe(state);
      }
    });

    test('a reader ends on a topic that holds nothing', async () => {
      await expect(read('offerStates')).resolves.toEqual([]);
    });

    test('a reader that fails in the middle rejects with the error of its caller', async () => {
      await fixture.harness.put(0, ['a']);
      const reader = fixture.harness.reader();
      fixture.closeLater(reader);
      const failing = reader.read('events', () => Promise.reject(new Error('mine')));
      await expect(failing).rejects.toThrow('mine');
    });

    test.each(['events', 'blockedOffers'] as const)(
      'a sink of %s keeps the order of each key, in one partition',
      async (topic) => {
        const sink = fixture.harness.sink(topic);
        fixture.closeLater(sink);
        const keys = ['t/a', 't/b', 't/c', 't/d', 't/e'];
        const records = numbered(1_500).map((value, at) => ({
          key: keys[at % keys.length] ?? '',
          value: Buffer.from(value),
          headers: { at: value },
        }));
        await Promise.all([sink.append(records.slice(0, 700)), sink.append(records.slice(700))]);
        const found = await read(topic);
        await expect(read(topic === 'events' ? 'blockedOffers' : 'events')).resolves.toEqual([]);
        expect(found).toHaveLength(records.length);
        for (const key of keys) {
          const ofKey = found.filter((record) => String(record.key) === key);
          expect(ofKey.map(({ value }) => String(value))).toEqual(
            records.filter((record) => record.key === key).map(({ value }) => String(value)),
          );
          expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
        }
        expect(String(found[0]?.headers['at'])).toBe(String(found[0]?.value));
      },
    );
  });
}

function changesNamed(name: string): readonly OutputRecord[] {
  switch (name) {
    case 'set':
      return [stateOf('t/a/map', 'first'), stateOf('t/a/map', 'second'), stateOf('t/b/map', 'other')];
    case 'erase':
      return [stateOf('t/a/map', null)];
    default:
      return [stateOf('t/a/map', 'third')];
  }
}

function stateOf(key: string, value: string | null): OutputRecord {
  return { topic: 'offerStates', key, value: value === null ? null : Buffer.from(value) };
}

/** The value of the key after all these records; null where it has none. */
function newestOf(records: readonly TopicRecord[], key: string): string | null {
  const newest = records.findLast((record) => String(record.key) === key);
  return newest?.value?.toString() ?? null;
}
