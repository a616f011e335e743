import { expect, test } from '@jest/globals';
import { createDecoder, createRecordDecoder } from './decoders.ts';
import { createEncoders, registerSchemas, type Encoders } from './encoders.ts';
import { goldenRecords } from './golden-records.ts';
import { createMemoryRegistry, type MemoryRegistry } from './memory/registry.ts';
import { schemaJsonOf } from './record-types.ts';

const { event, timer, metric } = goldenRecords;

test('the events topic holds events and timers', async () => {
  const { registry, encoders } = await registered();
  const decoder = createRecordDecoder(registry);

  expect(await decoder.decode(encoders.event.encode(event))).toEqual({ type: 'event', event });
  expect(await decoder.decode(encoders.timer.encode(timer))).toEqual({ type: 'timer', timer });
});

test('any other topic is read by the kinds it may hold', async () => {
  const { registry, encoders } = await registered();
  const decoder = createDecoder(registry, { metric: (record) => ({ type: 'metric' as const, record }) });

  expect(await decoder.decode(encoders.metric.encode(metric))).toEqual({ type: 'metric', record: metric });
  expect(await decoder.decode(encoders.event.encode(event))).toEqual(
    undecodable('schema 1 is io.offerlock.webactions.WebActionEvent, which does not belong here'),
  );
});

test.each([
  ['no value', () => null, 'the record has no value'],
  ['an empty value', () => Buffer.alloc(0), '0 bytes are too few for a header of 5'],
  ['half a header', () => Buffer.from([0, 0, 0, 0]), '4 bytes are too few for a header of 5'],
  ['another first byte', () => Buffer.from('{"eventId":"e1"}'), 'the first byte is 123 instead of 0'],
  ['a header and nothing else', (value: Buffer) => value.subarray(0, 5), 'the body ends too early'],
  ['a body cut off', (value: Buffer) => value.subarray(0, -1), 'the body ends too early'],
  [
    'bytes after the body',
    (value: Buffer) => Buffer.concat([value, Buffer.from('!!')]),
    '2 bytes are left after the body',
  ],
])('%s is undecodable', async (_title, spoil, detail) => {
  const { registry, encoders } = await registered();
  const value = spoil(encoders.event.encode(event));

  expect(await createRecordDecoder(registry).decode(value)).toEqual(undecodable(detail));
});

test.each([
  [2n ** 60n, 'potential precision loss'],
  [-(2n ** 52n) - 1n, 'dueAt is 4503599627370496, which is out of range'],
])('the long %d, which a number cannot hold on its way, is undecodable', async (long, detail) => {
  const { registry, encoders } = await registered();
  const value = encoders.timer.encode({ ...timer, dueAt: 0 });
  const withLong = Buffer.concat([value.subarray(0, -1), varint(long)]);

  expect(await createRecordDecoder(registry).decode(withLong)).toEqual(undecodable(detail));
});

test('an int beyond 32 bits is undecodable, for it could not be written again', async () => {
  const { registry, encoders } = await registered();
  const value = encoders.event.encode({ ...event, actionMapId: 'here', actionMapVersion: 1 });
  const at = value.indexOf('here') + 'here'.length;
  const withInt = Buffer.concat([value.subarray(0, at), varint(2n ** 33n), value.subarray(at + 1)]);

  expect(await createRecordDecoder(registry).decode(withInt)).toEqual(
    undecodable('actionMapVersion is 8589934592, which is out of range'),
  );
});

test('a text of negative length is undecodable', async () => {
  const { registry, encoders } = await registered();
  const value = Buffer.concat([encoders.event.encode(event).subarray(0, 5), varint(-1n)]);

  expect(await createRecordDecoder(registry).decode(value)).toEqual(undecodable('the body ends too early'));
});

test('a schema of our name that lacks a field without default is undecodable', async () => {
  const { registry } = await registered();
  const id = await registry.register(
    'elsewhere',
    eventSchema((fields) => fields.slice(1)),
  );

  expect(await createRecordDecoder(registry).decode(header(id))).toEqual(
    undecodable(expect.stringMatching(/^schema \d+ cannot be read by ours: .*eventId/)),
  );
});

test.each([
  ['JSON Schema', '{"type":"object"}'],
  ['no JSON', 'syntax = "proto3";'],
  ['an enum with no name', '{"type":"enum","symbols":["A"]}'],
])('a schema that is %s is undecodable', async (_title, schemaJson) => {
  const registry = { ...createMemoryRegistry(), schemaById: async () => schemaJson };

  expect(await createRecordDecoder(registry).decode(header(7))).toEqual(
    undecodable(expect.stringMatching(/^schema 7 /)),
  );
});

test('a version that another producer wrote is read with its new field left out and our defaults put in', async () => {
  const { registry, encoders } = await registered();
  const id = await registry.register(
    'elsewhere',
    eventSchema((fields) => [
      ...fields.filter(({ name }) => name !== 'errorMessage'),
      { name: 'page', type: 'string', default: '/' },
    ]),
  );
  const value = encoders.event.encode({ ...event, errorMessage: null });
  const theirs = Buffer.concat([header(id), value.subarray(5, -1), Buffer.from([4]), Buffer.from('/a')]);

  expect(await createRecordDecoder(registry).decode(theirs)).toEqual({
    type: 'event',
    event: { ...event, errorMessage: null },
  });
});

async function registered(): Promise<{ registry: MemoryRegistry; encoders: Encoders }> {
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  return { registry, encoders: await createEncoders(registry, '') };
}

function undecodable(detail: unknown) {
  return { type: 'unreadable', reason: 'UNDECODABLE', detail };
}

function header(schemaId: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(schemaId, 1);
  return bytes;
}

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

function eventSchema(change: (fields: readonly Field[]) => readonly Field[]): string {
  const schema = JSON.parse(schemaJsonOf('event')) as { fields: readonly Field[] };
  return JSON.stringify({ ...schema, fields: change(schema.fields) });
}

/** A number as Avro writes ints and longs: zigzag, 7 bits a byte, lowest first. */
function varint(value: bigint): Buffer {
  const bytes = [];
  let rest = BigInt.asUintN(64, value < 0n ? -2n * value - 1n : 2n * value);
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
