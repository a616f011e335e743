import { expect, test } from '@jest/globals';
import { deadLetterHeaders as header, type WebActionEvent } from '@offerlock/schemas';
import type { LogRecord, OutputRecord } from '@offerlock/event-log';
import { day, eventOf } from '@offerlock/lifecycle/testing';
import { positionOf } from '@offerlock/projection';
import { createTestPartition, foldAll, metricLine, testTopic } from './test-partition.ts';

const journey = ['offered', 'accepted', 'started', 'engaged'];
const eventsOf = (states: readonly string[], fields: Partial<WebActionEvent> = {}) =>
  states.map((state, index) => eventOf(state, { ...fields, occurredAt: day + index * 1_000 }));
const topicsOf = (outputs: readonly OutputRecord[]) => outputs.map(({ topic }) => topic);
const deadLettersOf = (outputs: readonly OutputRecord[]) =>
  outputs.filter(({ topic }) => topic === 'deadLetters');
const reasonsOf = (outputs: readonly OutputRecord[]) =>
  deadLettersOf(outputs).map(({ headers }) => headers?.[header.reason]);

test('a journey gives a metric per step, one changelog record and a locked offer', async () => {
  const partition = await createTestPartition();
  for (const event of eventsOf(journey)) partition.append(event);
  const { outputs, tally } = await partition.commit();

  expect(topicsOf(outputs)).toEqual(['metrics', 'metrics', 'metrics', 'metrics', 'offerStates']);
  expect((await partition.metricsOf(outputs)).at(-1)).toMatchObject({
    metric: 'engaged',
    tenantId: 'default',
    customerId: 'ann',
    sessionId: 'session-1',
    actionId: 'action-1',
    actionMapId: 'map-1',
    actionMapVersion: 1,
    actionMediaType: 'webchat',
    previousState: 'started',
    millisInPreviousState: 1_000,
    millisSinceOffered: 3_000,
    terminal: true,
    occurredAt: day + 3_000,
    topic: testTopic,
    partition: 3,
    offset: 3,
  });
  expect(outputs.at(-1)).toMatchObject({ topic: 'offerStates', key: 'default/ann/map-1' });
  expect(partition.states()).toMatchObject({
    'default/ann/map-1': { status: 'engaged', locked: { state: 'engaged', at: day + 3_000 } },
  });
  expect(Object.fromEntries(tally.outcomes)).toEqual({ applied: 4 });
  expect(Object.fromEntries(tally.metrics)).toEqual({ offered: 1, accepted: 1, started: 1, engaged: 1 });
});

test('a refused event goes to the dead letters as it came, with reason and source', async () => {
  const partition = await createTestPartition();
  const late = eventOf('offered', { actionId: 'action-2', occurredAt: day + 9_000 });
  for (const event of [...eventsOf(journey), late]) partition.append(event);
  const { outputs, tally } = await partition.commit();

  expect(deadLettersOf(outputs)).toEqual([
    {
      topic: 'deadLetters',
      key: Buffer.from('default/ann'),
      value: partition.encoders.event.encode(late),
      headers: {
        [header.reason]: 'TERMINAL_LOCKED',
        [header.detail]: 'webchat offered while the offer is engaged',
        [header.topic]: testTopic,
        [header.partition]: '3',
        [header.offset]: '4',
        [header.timestamp]: String(day),
      },
    },
  ]);
  expect(Object.fromEntries(tally.outcomes)).toEqual({ applied: 4, refused: 1 });
});

test('a dead letter keeps the headers that its record came with', async () => {
  const partition = await createTestPartition();
  partition.appendRaw(Buffer.from('garbage'), 'default/ann', { trace: 'abc' });
  const { outputs } = await partition.commit();
  expect(deadLettersOf(outputs)[0]?.headers).toMatchObject({ trace: 'abc', [header.reason]: 'UNDECODABLE' });
});

test('a dead letter that came back and is refused again tells of this refusal only', async () => {
  const partition = await createTestPartition();
  const headers = { [header.reason]: 'EARLY_EXPIRED', [header.reencoded]: 'true' };
  partition.appendRaw(Buffer.from('garbage'), 'default/ann', headers);
  const { outputs } = await partition.commit();
  expect(deadLettersOf(outputs)[0]?.headers).toMatchObject({ [header.reason]: 'UNDECODABLE' });
  expect(deadLettersOf(outputs)[0]?.headers).not.toHaveProperty([header.reencoded]);
});

test('of a value that the dead letters cannot take, the beginning is kept and the size told', async () => {
  const partition = await createTestPartition();
  const value = Buffer.from(
    partition.encoders.event.encode(eventOf('errored', { errorMessage: 'x'.repeat(4_000_000) })),
  );
  partition.appendRaw(value, 'default/ann');
  const { outputs } = await partition.commit();
  const [letter] = deadLettersOf(outputs);
  expect(letter?.value).toEqual(value.subarray(0, 2 * 1_024 * 1_024));
  expect(letter?.headers?.[header.originalBytes]).toBe(String(value.length));
});

test('a name without end is cut in the detail', async () => {
  const partition = await createTestPartition();
  partition.append(eventOf('x'.repeat(100_000)));
  const { outputs } = await partition.commit();
  expect(reasonsOf(outputs)).toEqual(['UNKNOWN_STATE']);
  expect(String(deadLettersOf(outputs)[0]?.headers?.[header.detail]).length).toBeLessThan(200);
});

test('a state in the projection that is not JSON halts the partition and names the offer', async () => {
  const partition = await createTestPartition();
  partition.append(eventOf('offered'));
  const store = partition.projection.store();
  const key = { customer: 'default/ann', actionMapId: 'map-1' };
  await partition.commit();
  await store.save([{ key, position: positionOf(2, 0n), stateJson: '{"status":', before: null }]);
  partition.append(eventOf('accepted', { occurredAt: day + 1 }));
  await expect(partition.attempt(1)).rejects.toMatchObject({
    code: 'PROJECTION_CORRUPT',
    details: { key: 'default/ann/map-1' },
  });
});

const encoded = async (event: WebActionEvent) => (await createTestPartition()).encoders.event.encode(event);
const badRecords: readonly {
  title: string;
  reason: string;
  outcome: 'unreadable' | 'refused';
  record: () => Promise<Pick<LogRecord, 'value'> & { key: string | null }>;
}[] = [
  {
    title: 'bytes that are no message',
    reason: 'UNDECODABLE',
    outcome: 'unreadable',
    record: async () => ({ key: 'default/ann', value: Buffer.from([1, 2, 3]) }),
  },
  {
    title: 'no value',
    reason: 'UNDECODABLE',
    outcome: 'unreadable',
    record: async () => ({ key: 'default/ann', value: null }),
  },
  {
    title: 'a schema id that the registry does not know',
    reason: 'UNKNOWN_SCHEMA',
    outcome: 'unreadable',
    record: async () => ({ key: 'default/ann', value: Buffer.from([0, 0, 0, 3, 231, 1]) }),
  },
  {
    title: 'a key of another customer',
    reason: 'INVALID_FIELD',
    outcome: 'refused',
    record: async () => ({ key: 'default/bob', value: await encoded(eventOf('offered')) }),
  },
  {
    title: 'no key',
    reason: 'INVALID_FIELD',
    outcome: 'refused',
    record: async () => ({ key: null, value: await encoded(eventOf('offered')) }),
  },
  {
    title: 'an id with a forbidden character',
    reason: 'INVALID_FIELD',
    outcome: 'refused',
    record: async () => ({
      key: 'default/a b',
      value: await encoded(eventOf('offered', { customerId: 'a b' })),
    }),
  },
  {
    title: 'a date of 1970',
    reason: 'INVALID_FIELD',
    outcome: 'refused',
    record: async () => ({ key: 'default/ann', value: await encoded(eventOf('offered', { occurredAt: 5 })) }),
  },
  {
    title: 'a date of 2090',
    reason: 'INVALID_FIELD',
    outcome: 'refused',
    record: async () => ({
      key: 'default/ann',
      value: await encoded(eventOf('offered', { occurredAt: Date.UTC(2090, 0, 1), receivedAt: day })),
    }),
  },
  {
    title: 'an error message beyond its limit',
    reason: 'INVALID_FIELD',
    outcome: 'refused',
    record: async () => ({
      key: 'default/ann',
      value: await encoded(eventOf('errored', { errorMessage: 'x'.repeat(1_000_000) })),
    }),
  },
  {
    title: 'a state that no lifecycle knows',
    reason: 'UNKNOWN_STATE',
    outcome: 'refused',
    record: async () => ({ key: 'default/ann', value: await encoded(eventOf('clicked')) }),
  },
  {
    title: 'a media type that no lifecycle knows',
    reason: 'UNKNOWN_MEDIA_TYPE',
    outcome: 'refused',
    record: async () => ({
      key: 'default/ann',
      value: await encoded(eventOf('offered', { actionMediaType: 'fax' })),
    }),
  },
];

test.each(badRecords)('$title: $reason, and the partition goes on', async ({ reason, outcome, record }) => {
  const partition = await createTestPartition();
  const { key, value } = await record();
  partition.appendRaw(value, key);
  partition.append(eventOf('offered', { customerId: 'next' }));
  const { outputs, tally } = await partition.commit();

  expect(reasonsOf(outputs)).toEqual([reason]);
  expect(deadLettersOf(outputs)[0]).toMatchObject({ value, key: key === null ? null : Buffer.from(key) });
  expect(deadLettersOf(outputs)[0]?.headers?.[header.detail]).not.toBe('');
  expect(Object.fromEntries(tally.outcomes)).toEqual({ [outcome]: 1, applied: 1 });
  expect(Object.keys(partition.states())).toEqual(['default/next/map-1']);
});

test('an early event gets a timer and settles when its predecessor comes', async () => {
  const partition = await createTestPartition();
  const [offered, accepted] = eventsOf(['offered', 'accepted']);
  if (offered === undefined || accepted === undefined) throw new Error('two events were built');
  partition.append(accepted);
  const early = await partition.commit();
  expect(topicsOf(early.outputs)).toEqual(['timers', 'offerStates']);

  partition.append(offered);
  const settled = await partition.commit();
  expect(
    (await partition.metricsOf(settled.outputs)).map(({ metric, offset }) => ({ metric, offset })),
  ).toEqual([
    { metric: 'offered', offset: 1 },
    { metric: 'accepted', offset: 0 },
  ]);
  expect(Object.fromEntries(settled.tally.settled)).toEqual({ applied: 1 });
});

test('the deadline of an early event that still waits makes it a dead letter, once', async () => {
  const partition = await createTestPartition();
  const accepted = eventOf('accepted');
  const deadline = {
    tenantId: 'default',
    customerId: 'ann',
    actionMapId: 'map-1',
    eventId: accepted.eventId,
  };
  partition.append(accepted);
  for (let repeat = 0; repeat < 2; repeat += 1) {
    const timer = partition.encoders.timer.encode({ ...deadline, offset: 0, dueAt: day + 60_000 });
    partition.appendRaw(timer, 'default/ann');
  }
  const { outputs, tally } = await partition.commit();

  const [letter, ...others] = deadLettersOf(outputs);
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ key: 'default/ann', value: partition.encoders.event.encode(accepted) });
  expect(letter?.headers).toMatchObject({
    [header.reason]: 'EARLY_EXPIRED',
    [header.offset]: '0',
    [header.reencoded]: 'true',
  });
  expect(Object.fromEntries(tally.timers)).toEqual({ expired: 1, settled: 1 });
  expect(partition.states()['default/ann/map-1']?.early).toEqual([]);
});

test('repeats change neither the projection nor the outputs', async () => {
  const partition = await createTestPartition();
  for (const event of [...eventsOf(journey), ...eventsOf(journey)]) partition.append(event);
  await partition.commit(4);
  const before = partition.projection.entries();
  const { outputs, tally } = await partition.commit();
  expect(outputs).toEqual([]);
  expect(Object.fromEntries(tally.outcomes)).toEqual({ repeated: 4 });
  expect(partition.projection.entries()).toEqual(before);
});

test('a range that was saved but not committed gives the same outputs again', async () => {
  const partition = await createTestPartition();
  for (const event of eventsOf(journey)) partition.append(event);
  await partition.commit(1);
  const first = await partition.attempt(3);
  const second = await partition.attempt(3);
  expect(await partition.metricsOf(second.outputs)).toEqual(await partition.metricsOf(first.outputs));
  expect(second.tally).toEqual(first.tally);
});

test('a range that was saved whole may be committed in parts', async () => {
  const partition = await createTestPartition();
  const events = [...eventsOf(journey), ...eventsOf(['offered', 'rejected'], { customerId: 'bob' })];
  for (const event of events) partition.append(event);
  await partition.attempt(6);
  await partition.commit(2);
  await partition.attempt(4);
  await partition.commit(1);
  await partition.commit(3);
  const truth = foldAll(events);
  expect((await partition.metricsOf(partition.committed)).map(metricLine)).toEqual(truth.metrics);
  expect(partition.states()).toEqual(truth.states);
});

test('a save that a later owner has overtaken ends the claim', async () => {
  const partition = await createTestPartition();
  partition.append(eventOf('offered'));
  partition.append(eventOf('accepted', { occurredAt: day + 1 }));
  await partition.attempt(1, { epoch: 90 });
  await expect(partition.attempt(1, { epoch: 80 })).rejects.toMatchObject({ code: 'CLAIM_LOST' });
  // The later owner committed, so the stored state lies before the start, and only the save can tell.
  await expect(partition.attempt(1, { epoch: 80, startOffset: 1n })).rejects.toMatchObject({
    code: 'CLAIM_LOST',
  });
});

test('an offset that was moved back halts the partition and names the way out', async () => {
  const partition = await createTestPartition();
  for (const event of eventsOf(journey)) partition.append(event);
  await partition.commit(2);
  await partition.commit(2);
  const moved = { startOffset: 1n, epoch: 1_000 };
  await expect(partition.attempt(4, { ...moved, trustedEpoch: 1_000 })).rejects.toMatchObject({
    code: 'OFFSET_MOVED_BACK',
    message: expect.stringContaining('offerlock rebuild'),
    details: { partition: 3, key: 'default/ann/map-1', committedOffset: '1' },
  });
  // Even without the mark of a foreign offset: no failed batch can have begun after the committed offset.
  await expect(partition.attempt(4, moved)).rejects.toMatchObject({ code: 'OFFSET_MOVED_BACK' });
});

test('while a schema cannot be looked up, nothing is saved', async () => {
  const partition = await createTestPartition();
  partition.append(eventOf('offered'));
  partition.registry.setAvailable(false);
  await expect(partition.attempt(1)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  expect(partition.projection.entries()).toEqual([]);
  partition.registry.setAvailable(true);
  expect(topicsOf((await partition.commit()).outputs)).toEqual(['metrics', 'offerStates']);
});

test('completion is counted as untracked, without a metric', async () => {
  const partition = await createTestPartition();
  for (const event of eventsOf([...journey, 'completed'])) partition.append(event);
  const { outputs, tally } = await partition.commit();
  expect((await partition.metricsOf(outputs)).map(({ metric }) => metric)).toEqual(journey);
  expect(Object.fromEntries(tally.outcomes)).toEqual({ applied: 4, untracked: 1 });
});
