import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeRecords, type Encodable } from './record-encoding.ts';

// kafkajs's own encoder of one record, the reference for ours.
const require = createRequire(import.meta.url);
const encodeWithKafkajs = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: object,
) => { readonly buffer: Buffer };

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const headers = fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(bytes(300), fc.string()), {
  maxKeys: 4,
});
const record: fc.Arbitrary<Encodable> = fc.record(
  {
    key: fc.oneof(fc.constant(null), bytes(200), fc.string({ unit: 'binary' })),
    value: fc.oneof(fc.constant(null), bytes(10_000)),
    headers,
  },
  { requiredKeys: ['key', 'value'] },
);

test('records are encoded as kafkajs does it', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 200 }), (records) => {
      const expected = records.map(
        (one, offsetDelta) => encodeWithKafkajs({ ...one, offsetDelta, timestampDelta: 0 }).buffer,
      );
      expect(encodeRecords(records).equals(Buffer.concat(expected))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test.each([63, 64, 8_191, 8_192, 1_048_575, 1_048_576])(
  'a value of %d bytes has the right length',
  (length) => {
    const one = { key: 'k', value: Buffer.alloc(length, 'v') };
    expect(encodeRecords([one]).equals(encodeWithKafkajs(one).buffer)).toBe(true);
  },
);
