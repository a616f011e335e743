import { expect, test } from '@jest/globals';
import { createRecordDecoder } from './decoders.ts';
import { createEncoder, registerSchemas } from './encoders.ts';
import { goldenRecords } from './golden-records.ts';
import { createMemoryRegistry } from './memory/registry.ts';
import { schemaJsonOf } from './record-types.ts';

const { event } = goldenRecords;
const decoded = { type: 'event', event };
const unknown = (id: number) => ({
  type: 'unreadable',
  reason: 'UNKNOWN_SCHEMA',
  detail: `the registry has no Avro schema with the id ${id}`,
});

test('an id costs one request, and after that the answer comes at once', async () => {
  const { registry, decoder, lookups } = await harness();
  const value = createEncoder('event', 1).encode(event);

  expect(await decoder.decode(value)).toEqual(decoded);
  registry.setAvailable(false);
  expect(decoder.decode(value)).toEqual(decoded);
  expect(lookups).toEqual([1]);
});

test('values that wait for the same id share its request', async () => {
  const { decoder, lookups } = await harness();
  const value = createEncoder('event', 1).encode(event);

  expect(await Promise.all([decoder.decode(value), decoder.decode(value)])).toEqual([decoded, decoded]);
  expect(lookups).toEqual([1]);
});

test('an unknown id is not asked for again until its time is over', async () => {
  const { registry, decoder, lookups, clock } = await harness();
  const value = createEncoder('event', 7).encode(event);

  expect(await decoder.decode(value)).toEqual(unknown(7));
  clock.ms += 999;
  expect(decoder.decode(value)).toEqual(unknown(7));
  expect(lookups).toEqual([7]);

  await registry.register('elsewhere', schemaJsonOf('event').replace('"doc":"', '"doc":"Again: '));
  clock.ms += 1;
  expect(await decoder.decode(value)).toEqual(decoded);
  expect(lookups).toEqual([7, 7]);
});

test('of too many unknown ids the oldest is forgotten', async () => {
  const { decoder, lookups } = await harness();
  for (const id of [11, 12, 13]) await decoder.decode(createEncoder('event', id).encode(event));

  expect(decoder.decode(createEncoder('event', 13).encode(event))).toEqual(unknown(13));
  expect(await decoder.decode(createEncoder('event', 11).encode(event))).toEqual(unknown(11));
  expect(lookups).toEqual([11, 12, 13, 11]);
});

test('an outage is an error for ids not seen yet, and over when the registry is back', async () => {
  const { registry, decoder } = await harness();
  const value = createEncoder('event', 1).encode(event);

  registry.setAvailable(false);
  await expect(decoder.decode(value)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  registry.setAvailable(true);
  expect(await decoder.decode(value)).toEqual(decoded);
});

test('what is known to be unknown stays so during an outage, and is asked for after its time', async () => {
  const { registry, decoder, clock } = await harness();
  const value = createEncoder('event', 7).encode(event);
  await decoder.decode(value);

  registry.setAvailable(false);
  expect(decoder.decode(value)).toEqual(unknown(7));
  clock.ms += 1_000;
  await expect(decoder.decode(value)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
});

/** A decoder that remembers two unknown ids for a second, by a clock moved by hand; our schemas have the ids 1 to 5. */
async function harness() {
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const clock = { ms: 1_790_000_000_000 };
  const lookups: number[] = [];
  const decoder = createRecordDecoder(
    {
      ...registry,
      schemaById(id) {
        lookups.push(id);
        return registry.schemaById(id);
      },
    },
    { unknownIdTtlMs: 1_000, unknownIdsMax: 2, now: () => clock.ms },
  );
  return { registry, decoder, lookups, clock };
}
