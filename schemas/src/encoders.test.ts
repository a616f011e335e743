import { expect, test } from '@jest/globals';
import { createDecoder } from './decoders.ts';
import { createEncoder, createEncoders, registerSchemas } from './encoders.ts';
import { goldenRecords } from './golden-records.ts';
import { createMemoryRegistry } from './memory/registry.ts';

const { event, offerState } = goldenRecords;

test('values stay as they were while later ones are encoded, whatever their size', async () => {
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoder = (await createEncoders(registry, '')).offerState;
  const decoder = createDecoder(registry, { offerState: (record) => record });

  // Up to the size of a slab and beyond it, so that some just fit, some begin a new slab and some need their own.
  const states = Array.from({ length: 400 }, (_, index) => 'x'.repeat((index * 7_919) % 70_000));
  const values = states.map((state) => encoder.encode(Object.assign({}, offerState, { state })));

  for (const [index, value] of values.entries()) {
    expect(await decoder.decode(value)).toEqual({ ...offerState, state: states[index] });
  }
});

test('a value fits exactly into what is left of a slab', () => {
  const encoder = createEncoder('offerState', 1);
  const emptyBytes = encoder.encode({ ...offerState, state: '' }).length;
  const lengthBytes = 2;
  const filling = encoder.encode({
    ...offerState,
    state: 'x'.repeat(64 * 1024 - 2 * emptyBytes - lengthBytes),
  });
  const next = encoder.encode({ ...offerState, state: '' });

  expect(filling.byteOffset + filling.length).toBe(64 * 1024);
  expect(next.byteOffset).toBe(0);
  expect(next.length).toBe(emptyBytes);
});

test('a schema that was never registered is named with its subject and the way out', async () => {
  await expect(createEncoders(createMemoryRegistry(), 'eu.')).rejects.toMatchObject({
    code: 'SCHEMA_NOT_REGISTERED',
    message: expect.stringMatching(/eu\.webactions\.events\.v1-value.*`offerlock schemas register`/),
  });
});

test('schemas are registered under the subjects of their topics, and a second time nothing changes', async () => {
  const registry = createMemoryRegistry();
  const registered = await registerSchemas(registry, 'eu.');

  expect(registered.map(({ subject }) => subject)).toEqual([
    'eu.webactions.events.v1-value',
    'eu.webactions.metrics.v1-value',
    'eu.webactions.offer-states.v1-value',
    'eu.webactions.timers.v1-value',
    'eu.webactions.blocked-offers.v1-value',
    'eu.webactions.action-maps.v1-value',
  ]);
  expect(await registerSchemas(registry, 'eu.')).toEqual(registered);
});

test('a record that does not fit the schema is a broken invariant', () => {
  const encoder = createEncoder('event', 1);

  expect(() => encoder.encode({ ...event, actionMapVersion: 2 ** 31 })).toThrow('invalid "int": 2147483648');
  expect(() => encoder.encode({ ...event, occurredAt: 1.5 })).toThrow('invalid');
});
