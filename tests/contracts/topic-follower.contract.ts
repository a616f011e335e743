import { describe, expect, test } from '@jest/globals';
import type { FollowFrom, Following, TopicRecord } from '@offerlock/event-log';
import type { Topic } from '@offerlock/schemas';
import {
  eventLogFixture,
  numbered,
  type EventLogFixture,
  type EventLogHarness,
  type TransactionalHarness,
} from './event-log-fixture.ts';

export function describeTopicFollower(log: string, createHarness: () => Promise<EventLogHarness>): void {
  describe(`a follower of topics on ${log}`, () => {
    const fixture = eventLogFixture(createHarness);
    const { until } = fixture;

    test('what was there comes first, then it is caught up, then comes what is appended', async () => {
      const { harness } = fixture;
      await harness.put(1, numbered(1_500));
      await harness.put(2, ['other']);
      const { found, following } = await follow(fixture, 'beginning');
      await following.caughtUp;
      expect(valuesIn(found, 1)).toEqual(numbered(1_500));
      expect(valuesIn(found, 2)).toEqual(['other']);

      await harness.put(1, ['later']);
      await harness.put(3, ['new']);
      await until(() => found.length === 1_503);
      expect(valuesIn(found, 1)).toEqual([...numbered(1_500), 'later']);
      expect(valuesIn(found, 3)).toEqual(['new']);
      expect(found.filter(({ partition }) => partition === 1).map(({ offset }) => Number(offset))).toEqual(
        Array.from({ length: 1_501 }, (_, at) => at),
      );
    });

    test('from the end only what is appended afterwards comes', async () => {
      await fixture.harness.put(0, ['before']);
      const { found, following } = await follow(fixture, 'end');
      await following.caughtUp;
      await fixture.harness.put(0, ['after']);
      await until(() => found.length > 0);
      expect(valuesIn(found, 0)).toEqual(['after']);
    });

    test('from offsets a partition that is not named begins at its start', async () => {
      await fixture.harness.put(0, ['a', 'b', 'c']);
      await fixture.harness.put(1, ['d', 'e']);
      const { found, following } = await follow(fixture, { offsets: new Map([[0, 2n]]) });
      await following.caughtUp;
      expect(valuesIn(found, 0)).toEqual(['c']);
      expect(valuesIn(found, 1)).toEqual(['d', 'e']);
    });

    test('from a time it begins with the first record that is not older', async () => {
      for (const value of ['a', 'b', 'c']) {
        await fixture.harness.put(0, [value]);
        await fixture.harness.passTime();
      }
      await fixture.harness.put(1, ['d']);
      const all = await follow(fixture, 'beginning');
      await all.following.caughtUp;
      const { timestampMs = NaN } = all.found.find(({ value }) => String(value) === 'b') ?? {};

      const since = await follow(fixture, { timestampMs });
      await since.following.caughtUp;
      expect(valuesIn(since.found, 0)).toEqual(['b', 'c']);
      expect(valuesIn(since.found, 1)).toEqual(['d']);
    });

    test('from a time to come it waits for that', async () => {
      await fixture.harness.put(0, ['a', 'b']);
      const { found, following } = await follow(fixture, { timestampMs: Date.UTC(2200, 0) });
      await following.caughtUp;
      expect(found).toEqual([]);
    });

    test('on a topic that holds nothing it is caught up, and follows', async () => {
      const { found, following } = await follow(fixture, 'beginning', 'blockedOffers');
      await following.caughtUp;
      expect(found).toEqual([]);
      const sink = fixture.harness.sink('blockedOffers');
      fixture.closeLater(sink);
      await sink.append([{ key: 't/a', value: Buffer.from('blocked') }]);
      await until(() => found.length > 0);
      expect(found.map(({ key, value }) => [String(key), String(value)])).toEqual([['t/a', 'blocked']]);
    });

    test('gaps between records are passed over', async () => {
      await fixture.harness.put(2, ['a']);
      await fixture.harness.leaveGap(2, 5);
      await fixture.harness.put(2, ['b']);
      const { found, following } = await follow(fixture, 'beginning');
      await following.caughtUp;
      expect(found.map(({ offset }) => offset)).toEqual([0n, 6n]);
    });

    test('one follower follows several topics', async () => {
      const follower = fixture.harness.follower();
      fixture.closeLater(follower);
      const events: string[] = [];
      const blocked: string[] = [];
      await follower.follow('events', 'beginning', (records) => {
        events.push(...records.map(({ value }) => String(value)));
      });
      await follower.follow('blockedOffers', 'beginning', (records) => {
        blocked.push(...records.map(({ value }) => String(value)));
      });
      const sink = fixture.harness.sink('blockedOffers');
      fixture.closeLater(sink);
      await fixture.harness.put(0, ['event']);
      await sink.append([{ key: 't/a', value: Buffer.from('blocked') }]);
      await until(() => events.length > 0 && blocked.length > 0);
      expect({ events, blocked }).toEqual({ events: ['event'], blocked: ['blocked'] });
    });

    test('each call waits for the one before, and holds records of one partition', async () => {
      for (const partition of [0, 1, 2, 3]) await fixture.harness.put(partition, numbered(20));
      const follower = fixture.harness.follower();
      fixture.closeLater(follower);
      let inHand = 0;
      const calls: { inHand: number; partitions: number }[] = [];
      const following = await follower.follow('events', 'beginning', async (records) => {
        inHand += 1;
        await fixture.harness.passTime();
        calls.push({ inHand, partitions: new Set(records.map(({ partition }) => partition)).size });
        inHand -= 1;
      });
      await following.caughtUp;
      expect(calls.length).toBeGreaterThanOrEqual(4);
      for (const call of calls) expect(call).toEqual({ inHand: 1, partitions: 1 });
    });

    test('what its caller rejects with ends it', async () => {
      await fixture.harness.put(0, ['a']);
      const follower = fixture.harness.follower();
      fixture.closeLater(follower);
      const mine = new Error('mine');
      const following = await follower.follow('events', 'beginning', () => Promise.reject(mine));
      await expect(following.done).rejects.toBe(mine);
      await expect(following.caughtUp).rejects.toBe(mine);
      await following.stop();
    });

    test('a stop waits for the call in hand, and none comes after it', async () => {
      await fixture.harness.put(0, ['a']);
      const follower = fixture.harness.follower();
      fixture.closeLater(follower);
      const found: string[] = [];
      let hasBegun = false;
      let finish: (() => void) | undefined;
      const following = await follower.follow('events', 'beginning', async (records) => {
        hasBegun = true;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        found.push(...records.map(({ value }) => String(value)));
      });
      await until(() => hasBegun);
      const stopped = following.stop();
      await fixture.harness.put(0, ['b']);
      expect(found).toEqual([]);
      finish?.();
      await stopped;
      await following.stop();
      await following.done;
      expect(found).toEqual(['a']);
      await expect(following.caughtUp).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    });

    test('closing it stops what it follows', async () => {
      const follower = fixture.harness.follower();
      const following = await follower.follow('events', 'beginning', () => undefined);
      await following.caughtUp;
      await follower.close();
      await expect(following.done).resolves.toBeUndefined();
    });

    test('the newest record of each document comes', async () => {
      const documents = fixture.harness.documents();
      fixture.closeLater(documents);
      for (const value of ['one', 'two', 'three']) await documents.change('t', () => Buffer.from(value));
      await documents.change('other', () => Buffer.from('four'));
      const { found, following } = await follow(fixture, 'beginning', 'actionMaps');
      await following.caughtUp;
      const newest = new Map(found.map(({ key, value }) => [String(key), String(value)]));
      expect([...newest]).toEqual([
        ['t', 'three'],
        ['other', 'four'],
      ]);
    });
  });
}

/** What only a log of brokers has. */
export function describeTransactionalFollower(
  log: string,
  createHarness: () => Promise<TransactionalHarness>,
): void {
  describe(`a follower of topics on ${log}, where records are missing`, () => {
    const fixture = eventLogFixture(createHarness);
    const { until } = fixture;

    test('it is caught up where a partition ends with an aborted transaction', async () => {
      await fixture.harness.put(0, ['a']);
      await fixture.harness.abortTransaction(0, 3);
      await fixture.harness.abortTransaction(1, 2);
      const { found, following } = await follow(fixture, 'beginning');
      await following.caughtUp;
      expect(found.map(({ offset }) => offset)).toEqual([0n]);
      await fixture.harness.put(0, ['b']);
      await until(() => found.length > 1);
      expect(found[1]?.offset).toBe(5n);
    });

    test('where retention has deleted the place to begin, it begins with what is left', async () => {
      await fixture.harness.put(0, numbered(10));
      await fixture.harness.deleteBefore(0, 6n);
      const { found, following } = await follow(fixture, { offsets: new Map([[0, 2n]]) });
      await following.caughtUp;
      expect(valuesIn(found, 0)).toEqual(['6', '7', '8', '9']);
    });

    test('a topic that is missing cannot be followed', async () => {
      await fixture.harness.removeTopic('timers');
      await expect(follow(fixture, 'beginning', 'timers')).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    });
  });
}

async function follow(
  fixture: EventLogFixture<EventLogHarness>,
  from: FollowFrom,
  topic: Topic = 'events',
): Promise<{ readonly found: TopicRecord[]; readonly following: Following }> {
  const follower = fixture.harness.follower();
  fixture.closeLater(follower);
  const found: TopicRecord[] = [];
  const following = await follower.follow(topic, from, (records) => {
    found.push(...records);
  });
  return { found, following };
}

function valuesIn(records: readonly TopicRecord[], wanted: number): string[] {
  return records.filter(({ partition }) => partition === wanted).map(({ value }) => String(value));
}
