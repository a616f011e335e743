import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createDecoder } from './decoders.ts';
import { createEncoders, registerSchemas } from './encoders.ts';
import { goldenRecords } from './golden-records.ts';
import { createMemoryRegistry } from './memory/registry.ts';
import { recordKinds, type RecordKind, type Records } from './record-types.ts';

const nullableFields = new Set([
  'errorCode',
  'errorMessage',
  'previousState',
  'millisInPreviousState',
  'millisSinceOffered',
  'blockingActionMapId',
]);
const intFields = new Set(['actionMapVersion', 'partition']);

const undecodable = { type: 'unreadable', reason: 'UNDECODABLE', detail: expect.any(String) };

test.each(recordKinds)('any record of kind %s is read as it was written', async (kind) => {
  const { encode, decode } = await codec(kind);

  fc.assert(fc.property(recordsLike(kind), (record) => expect(decode(encode(record))).toEqual(record)));
});

test.each(recordKinds)('a value of kind %s is undecodable wherever it is cut off', async (kind) => {
  const { encode, decode } = await codec(kind);
  const value = encode(goldenRecords[kind]);

  for (let bytes = 0; bytes < value.length; bytes += 1) {
    expect(decode(value.subarray(0, bytes))).toEqual(undecodable);
  }
});

test.each(recordKinds)('bytes of any kind after the header of %s give a record or a reason', async (kind) => {
  const { encode, decode } = await codec(kind);
  const header = encode(goldenRecords[kind]).subarray(0, 5);

  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      const result = decode(Buffer.concat([header, body]));
      // What was read can be written again, so that it never stops the partition later.
      const expected = 'type' in result ? undecodable : decode(encode(result));
      expect(result).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

/** Records with the fields of the golden one: any text, any number that the field can hold, null where it may be. */
function recordsLike<Kind extends RecordKind>(kind: Kind): fc.Arbitrary<Records[Kind]> {
  const fields = Object.entries(goldenRecords[kind]).map(([name, value]: [string, unknown]) => {
    const values = valuesLike(name, value);
    return [name, nullableFields.has(name) ? fc.option(values) : values] as const;
  });
  return fc.record(Object.fromEntries(fields)) as unknown as fc.Arbitrary<Records[Kind]>;
}

function valuesLike(name: string, value: unknown): fc.Arbitrary<unknown> {
  if (typeof value === 'string') return fc.string({ unit: 'binary', maxLength: 200 });
  if (typeof value === 'boolean') return fc.boolean();
  if (intFields.has(name)) return fc.integer();
  return fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 });
}

async function codec<Kind extends RecordKind>(kind: Kind) {
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoder = (await createEncoders(registry, ''))[kind];
  const decoder = createDecoder<Records[Kind]>(registry, { [kind]: (record: Records[Kind]) => record });
  const encode = (record: Records[Kind]) => encoder.encode(record);
  await decoder.decode(encode(goldenRecords[kind]));

  const decode = (value: Buffer) => {
    const result = decoder.decode(value);
    if (result instanceof Promise) throw new Error('the schema was known, so the answer had to come at once');
    return result;
  };
  return { encode, decode };
}
