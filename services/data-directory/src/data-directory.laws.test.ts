import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataDirectory } from './ports.ts';
import { createTestPlace, linesOf, recordOf, type TestPlace } from './test-place.ts';

// A failing law prints its seed and path; `fc.assert(..., { seed, path })` runs that case again.

const retentionMs = 1_000;
const partitions = [0, 1];

const recordsOf = (keys: readonly string[]) =>
  fc.array(
    fc.record({
      key: fc.constantFrom(...keys),
      value: fc.option(fc.constantFrom('', 'x', 'y'.repeat(40)), { freq: 4 }),
      gap: fc.constantFrom(0n, 0n, 0n, 1n, 300n),
    }),
    { maxLength: 6 },
  );
/** Each key has its partition. */
const keysOf = [
  ['a', 'ab', 'z'],
  ['b', 'é'],
] as const;
const append = fc.constantFrom(...partitions).chain((partition) =>
  fc.record({
    kind: fc.constantFrom('events' as const, 'states' as const),
    partition: fc.constant(partition),
    records: recordsOf(keysOf[partition] ?? []),
  }),
);
const change = fc.record({
  kind: fc.constant('facts' as const),
  key: fc.constantFrom('a', 'ab', 'b'),
  value: fc.option(fc.constantFrom('1', '2')),
});
const job = fc.record({ steps: fc.array(fc.oneof(append, change), { maxLength: 4 }), throws: fc.boolean() });

const commands = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ command: fc.constant('write' as const), jobs: fc.array(job, { maxLength: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ command: fc.constant('maintain' as const) }) },
    { weight: 1, arbitrary: fc.record({ command: fc.constant('reopen' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ command: fc.constant('wait' as const), ms: fc.constantFrom(1, 600) }),
    },
  ),
  { maxLength: 25 },
);
type Command = typeof commands extends fc.Arbitrary<(infer T)[]> ? T : never;
type Job = typeof job extends fc.Arbitrary<infer T> ? T : never;

interface ModelRecord {
  readonly offset: bigint;
  readonly line: string;
  readonly timestampMs: number;
}

/** Everything that was ever appended, and what must be there of the rest. */
class Model {
  readonly events: ModelRecord[][] = partitions.map(() => []);
  readonly ends: Record<'events' | 'states', bigint[]> = { events: [0n, 0n], states: [0n, 0n] };
  readonly states = new Map<string, string>();
  readonly facts = new Map<string, string>();

  apply({ steps }: Job, nowMs: number): void {
    for (const step of steps) {
      if (step.kind === 'facts') {
        if (step.value === null) this.facts.delete(step.key);
        else this.facts.set(step.key, step.value);
        continue;
      }
      const { kind, partition, records } = step;
      for (const { key, value, gap } of records) {
        const offset = (this.ends[kind][partition] as bigint) + gap;
        this.ends[kind][partition] = offset + 1n;
        const line = `${offset} ${key}=${value ?? '-'}`;
        if (kind === 'events') this.events[partition]?.push({ offset, line, timestampMs: nowMs });
        else if (value === null) this.states.delete(key);
        else this.states.set(key, `${partition}/${line}`);
      }
    }
  }
}

function write(directory: DataDirectory, { steps, throws }: Job): Promise<void> {
  return directory.write((transaction) => {
    for (const step of steps) {
      if (step.kind === 'facts') {
        const facts = directory.table('facts');
        if (step.value === null) transaction.remove(facts, step.key);
        else transaction.put(facts, step.key, Buffer.from(step.value));
        continue;
      }
      const topic = directory.topic(step.kind);
      let next = transaction.append(topic, step.partition, []);
      const records = step.records.map(({ key, value, gap }) => {
        const offset = next + gap;
        next = offset + 1n;
        return recordOf(key, value, { offset });
      });
      transaction.append(topic, step.partition, records);
    }
    if (throws) throw new Error('the job was told to fail');
  });
}

async function writeAll(directory: DataDirectory, jobs: readonly Job[]): Promise<void> {
  const results = await Promise.allSettled(jobs.map((each) => write(directory, each)));
  expect(results.map(({ status }) => status)).toEqual(
    jobs.map(({ throws }) => (throws ? 'rejected' : 'fulfilled')),
  );
}

function check(directory: DataDirectory, model: Model, nowMs: number): void {
  const events = directory.topic('events');
  for (const partition of partitions) {
    const all = model.events[partition] ?? [];
    const { startOffset, endOffset } = events.bounds(partition);
    expect(endOffset).toBe(model.ends.events[partition]);
    const kept = all.filter(({ offset }) => offset >= startOffset);
    expect(linesOf(events, partition)).toEqual(kept.map(({ line }) => line));
    const deleted = all.slice(0, all.length - kept.length);
    expect(deleted.every(({ timestampMs }) => timestampMs < nowMs - retentionMs)).toBe(true);
    expect(kept.length).toBeGreaterThan(all.length > 0 ? 0 : -1);
  }
  const states = directory.compactedTopic('states');
  expect(partitions.map((partition) => states.bounds(partition).endOffset)).toEqual(model.ends.states);
  const entries = states
    .entries(100)
    .map(
      ({ partition, record: { offset, key, value } }) =>
        `${partition}/${offset} ${String(key)}=${String(value)}`,
    );
  const keys = [...model.states.keys()].sort();
  expect(entries).toEqual(keys.map((key) => model.states.get(key)));
  expect(states.keys('', 100)).toEqual(keys);
  expect(states.keys('a', 100, 'a')).toEqual(keys.filter((key) => key === 'ab'));
  expect(states.keyCount).toBe(keys.length);
  for (const key of keysOf.flat()) {
    const value = states.get(key)?.value.toString();
    expect(value).toBe(model.states.get(key)?.replace(/^.*?=/, ''));
  }
  expect(Array.from(directory.table('facts').entries(), ([key, value]) => [key, value.toString()])).toEqual(
    [...model.facts].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function run(place: TestPlace, list: readonly Command[], tailBytesMax: number): Promise<void> {
  const open = () =>
    place.open({
      topics: { events: { retentionMs } },
      chunkBytesMax: 120,
      tailBytesMax,
      recentBytesMax: tailBytesMax / 2,
      garbageRecordsMin: 2,
    });
  const model = new Model();
  let directory = await open();
  for (const command of list) {
    switch (command.command) {
      case 'write':
        await writeAll(directory, command.jobs);
        for (const each of command.jobs.filter(({ throws }) => !throws)) model.apply(each, place.clockMs);
        break;
      case 'maintain':
        await directory.maintain();
        break;
      case 'reopen':
        await directory.close();
        directory = await open();
        break;
      case 'wait':
        place.clockMs += command.ms;
        break;
    }
    check(directory, model, place.clockMs);
  }
}

test('whatever is written, moved, deleted and opened again: what is read is what was acknowledged', async () => {
  const law = fc.asyncProperty(commands, fc.constantFrom(1, 400, 1_000_000), async (list, tailBytesMax) => {
    const place = createTestPlace();
    try {
      await run(place, list, tailBytesMax);
    } finally {
      await place.clear();
    }
  });
  await expect(fc.assert(law, { numRuns: 60 })).resolves.toBeUndefined();
});
