import { expect, test } from '@jest/globals';
import { schemaJsonOf } from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { createSchemaIds, moved } from './schema-ids.ts';

const other = JSON.stringify({ type: 'record', name: 'Other', namespace: 'n', fields: [] });

function valueOf(id: number): Buffer {
  const value = Buffer.from([0, 0, 0, 0, 0, 1, 2, 3]);
  value.writeUInt32BE(id, 1);
  return value;
}

test('a value gets the id that the target has for the same schema', async () => {
  const source = createMemoryRegistry();
  const target = createMemoryRegistry();
  await source.register('any', schemaJsonOf('timer'));
  await target.register('any', other);
  const schema = await createSchemaIds(source, target, 'p.').schemaOf(valueOf(1));
  expect(schema).toEqual({ id: 2, kind: 'timer' });
  expect(await target.idOf('p.webactions.timers.v1-value', schemaJsonOf('timer'))).toBe(2);
  const value = valueOf(1);
  expect(moved(value, schema)).toEqual(valueOf(2));
  expect(value).toEqual(valueOf(1));
});

test('a schema that is none of ours moves, too, and is told apart', async () => {
  const source = createMemoryRegistry();
  const target = createMemoryRegistry();
  await source.register('any', other);
  expect(await createSchemaIds(source, target, '').schemaOf(valueOf(1))).toEqual({ id: 1, kind: null });
  expect(await target.schemaById(1)).toBe(other);
});

test('an id that neither side knows stays as it is', async () => {
  const schema = await createSchemaIds(createMemoryRegistry(), createMemoryRegistry(), '').schemaOf(
    valueOf(9),
  );
  expect(moved(valueOf(9), schema)).toEqual(valueOf(9));
});

test('an id that only the target knows becomes one that nobody knows', async () => {
  const target = createMemoryRegistry();
  await target.register('any', other);
  const schema = await createSchemaIds(createMemoryRegistry(), target, '').schemaOf(valueOf(1));
  expect(await target.schemaById(schema?.id ?? 1)).toBeNull();
});

test.each([null, Buffer.alloc(0), Buffer.from('{"not":"avro"}')])(
  'bytes without an id stay: %p',
  async (value) => {
    const ids = createSchemaIds(createMemoryRegistry(), createMemoryRegistry(), '');
    expect(moved(value, await ids.schemaOf(value))).toBe(value);
  },
);
