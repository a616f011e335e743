import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createDecoder } from './decoders.ts';
import { createEncoder } from './encoders.ts';
import { goldenRecords } from './golden-records.ts';
import { createMemoryRegistry } from './memory/registry.ts';
import type { SchemaRegistry } from './ports.ts';
import { recordKinds, recordType, type RecordKind, type Records } from './record-types.ts';

const schemaId = 0x01_02_03_04;

test.each(recordKinds)('a record of kind %s still has the bytes of its golden file', (kind) => {
  const value = encode(kind, goldenRecords[kind]);
  const file = new URL(`../golden/${kind}.golden`, import.meta.url);
  if (process.env['WRITE_GOLDEN'] === '1') writeFileSync(file, `${value.toString('hex')}\n`);

  expect(value.toString('hex')).toBe(readFileSync(file, 'utf8').trim());
});

test.each(recordKinds)('the golden bytes of kind %s are read as the record they were', async (kind) => {
  const hex = readFileSync(new URL(`../golden/${kind}.golden`, import.meta.url), 'utf8').trim();
  const decoder = createDecoder<unknown>(registryWith(kind), { [kind]: (record: unknown) => record });

  expect(await decoder.decode(Buffer.from(hex, 'hex'))).toEqual(goldenRecords[kind]);
});

function encode<Kind extends RecordKind>(kind: Kind, record: Records[Kind]): Buffer {
  return createEncoder(kind, schemaId).encode(record);
}

/** A registry that knows our schema of this kind by the id in the golden bytes. */
function registryWith(kind: RecordKind): SchemaRegistry {
  return {
    ...createMemoryRegistry(),
    schemaById: async (id) => (id === schemaId ? recordType(kind).schemaJson : null),
  };
}
