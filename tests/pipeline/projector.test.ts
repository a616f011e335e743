import { afterEach, expect, test } from '@jest/globals';
import { eventOf, journeyOf } from '@offerlock/lifecycle/testing';
import { createPipeline, statusesOf, type Pipeline, type RunningProjector } from '../support/pipeline.ts';

let pipeline: Pipeline;

afterEach(() => pipeline.close());

const engaged = ['offered', 'accepted', 'started', 'engaged'];

async function counterOf(projector: RunningProjector, name: string): Promise<Record<string, number>> {
  const metric = await projector.metrics.registry.getSingleMetric(name)?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );
}

test('what is published is projected, and the metrics are those of the fold', async () => {
  pipeline = await createPipeline();
  pipeline.start();
  await pipeline.publish(journeyOf(engaged));
  await pipeline.publish(journeyOf(['offered', 'ignored'], { customerId: 'bob' }));
  await pipeline.drained();
  expect(await pipeline.differences()).toEqual([]);
  expect(pipeline.projection.entries()).toHaveLength(2);
});

test('counters move when a batch is committed, once, though its first attempt failed', async () => {
  pipeline = await createPipeline();
  pipeline.log.faults.failCommit('before');
  await pipeline.publish([
    ...journeyOf(engaged),
    eventOf('offered', { actionId: 'action-2' }),
    eventOf('completed'),
  ]);
  await pipeline.publishRaw('default/ann', Buffer.from('garbage'));
  const projector = pipeline.start();
  await pipeline.drained();

  expect(await counterOf(projector, 'offerlock_events_total')).toEqual({
    applied: 4,
    refused: 1,
    untracked: 1,
    unreadable: 1,
  });
  expect(await counterOf(projector, 'offerlock_dead_letters_total')).toEqual({
    TERMINAL_LOCKED: 1,
    UNDECODABLE: 1,
  });
  expect(await counterOf(projector, 'offerlock_metrics_total')).toEqual({
    offered: 1,
    accepted: 1,
    started: 1,
    engaged: 1,
  });
  expect(await counterOf(projector, 'offerlock_claims_ended_total')).toEqual({ failed: 1 });
  expect(await counterOf(projector, 'offerlock_claims_total')).toEqual({ '': 3 });
});

test('dead letters are logged with reason, place and what was wrong', async () => {
  pipeline = await createPipeline({ partitions: 1 });
  pipeline.start();
  await pipeline.publish([eventOf('nonsense'), eventOf('nonsense')]);
  await pipeline.drained();
  expect(pipeline.logLines.filter(({ reason }) => reason !== undefined)).toMatchObject([
    {
      reason: 'UNKNOWN_STATE',
      count: 2,
      topic: 'webactions.events.v1',
      partition: 0,
      offset: '0',
      key: 'default/ann',
      detail: 'webchat nonsense while the offer is none',
    },
  ]);
});

test('while the projection is down it waits and says so, then goes on by itself', async () => {
  pipeline = await createPipeline({ partitions: 1 });
  for (let failures = 0; failures < 3; failures += 1) pipeline.projection.faults.failLoad();
  await pipeline.publish(journeyOf(engaged));
  const projector = pipeline.start();
  await pipeline.until(() => statusesOf(projector).includes('waiting'));
  expect(projector.ready()).toMatchObject({
    healthy: false,
    detail: expect.stringContaining('partition 0 is waiting: PROJECTION_UNAVAILABLE'),
  });
  expect(projector.live()).toMatchObject({ healthy: true });
  await pipeline.drained();
  await pipeline.until(() => projector.ready().healthy);
  expect(await pipeline.differences()).toEqual([]);
});

test('while the broker is down nothing is lost', async () => {
  pipeline = await createPipeline({ partitions: 1 });
  const projector = pipeline.start();
  await pipeline.publish(journeyOf(['offered', 'accepted']));
  await pipeline.drained();
  pipeline.log.faults.setAvailable(false);
  pipeline.log.put(0, [
    {
      key: 'default/ann',
      value: pipeline.encoders.event.encode(eventOf('started', { occurredAt: Date.UTC(2026, 4, 2) })),
    },
  ]);
  pipeline.log.faults.setAvailable(true);
  await pipeline.drained();
  expect(await pipeline.differences()).toEqual([]);
  expect(projector.ready().healthy).toBe(true);
});

test('while a schema cannot be looked up the partition waits, and nothing overtakes the record', async () => {
  pipeline = await createPipeline({ partitions: 1 });
  pipeline.registry.setAvailable(false);
  await pipeline.publish(journeyOf(engaged));
  const projector = pipeline.start();
  await pipeline.until(() => statusesOf(projector).includes('waiting'));
  expect(pipeline.log.records('deadLetters', 0)).toEqual([]);
  pipeline.registry.setAvailable(true);
  await pipeline.drained();
  expect(await pipeline.differences()).toEqual([]);
});

test('an offset that was moved back halts its partition; the others go on', async () => {
  pipeline = await createPipeline({ partitions: 2 });
  const first = pipeline.start();
  await pipeline.publish(journeyOf(engaged));
  await pipeline.drained();
  await first.stop();
  const moved = pipeline.log.endOffset('events', 0) > 0n ? 0 : 1;
  pipeline.log.faults.moveCommitted(moved, 1n);
  pipeline.log.put(1 - moved, [
    {
      key: 'default/cleo',
      value: pipeline.encoders.event.encode(eventOf('offered', { customerId: 'cleo' })),
    },
  ]);

  const second = pipeline.start();
  await pipeline.until(() => second.partitions().some(({ status }) => status === 'halted'));
  await pipeline.until(() => pipeline.log.committed(1 - moved)?.offset === 1n);
  expect(second.ready().detail).toContain(`partition ${moved} is halted: OFFSET_MOVED_BACK`);
  expect(pipeline.log.committed(moved)?.offset).toBe(1n);
  expect(pipeline.logLines.some(({ msg }) => msg === 'the partition is halted until an operator acts')).toBe(
    true,
  );
  expect(await counterOf(second, 'offerlock_partitions')).toMatchObject({ halted: 1 });
});

test('lag is told in events and in seconds until the partition has caught up', async () => {
  pipeline = await createPipeline({ partitions: 1 });
  const projector = pipeline.start({ batchRecordsMax: 1 });
  await pipeline.publish([eventOf('offered')]);
  await pipeline.drained();
  pipeline.projection.faults.failLoad();
  await pipeline.publish([eventOf('accepted', { occurredAt: Date.UTC(2026, 4, 2) })]);
  await pipeline.until(() => statusesOf(projector).includes('waiting'));
  expect(await counterOf(projector, 'offerlock_lag_events')).toEqual({ 0: 1 });
  expect((await counterOf(projector, 'offerlock_lag_seconds'))['0']).toBeGreaterThan(0);
  await pipeline.drained();
  await pipeline.until(() => statusesOf(projector).includes('claimed'));
  expect(await counterOf(projector, 'offerlock_lag_events')).toEqual({ 0: 0 });
  expect(await counterOf(projector, 'offerlock_lag_seconds')).toEqual({ 0: 0 });
});

test('a stop commits the batch in hand and leaves its partitions to the others', async () => {
  pipeline = await createPipeline({ partitions: 2 });
  const [first, second] = [pipeline.start(), pipeline.start()];
  await pipeline.publish(journeyOf(engaged));
  await first.stop();
  expect(await first.ended).toBeNull();
  await pipeline.until(() => statusesOf(second).length === 2);
  await pipeline.publish(journeyOf(engaged, { customerId: 'bob' }));
  await pipeline.drained();
  expect(await pipeline.differences()).toEqual([]);
});

test('an instance that was stopped before it ran ends at once', async () => {
  pipeline = await createPipeline();
  const projector = pipeline.start();
  await projector.stop();
  expect(await projector.ended).toBeNull();
});
