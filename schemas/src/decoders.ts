import type { DecodedRecord, Decoder, RecordDecoder, SchemaRegistry, UnreadableValue } from './ports.ts';
import type { Records } from './record-types.ts';
import { createReaders, unreadable, type ReadersOptions } from './readers.ts';
import { readSchemaId } from './wire-format.ts';

/** The decoder of the events topic, which holds events and, once they are due, timers. */
export function createRecordDecoder(registry: SchemaRegistry, options: ReadersOptions = {}): RecordDecoder {
  return createDecoder<Exclude<DecodedRecord, UnreadableValue>>(
    registry,
    {
      event: (event) => ({ type: 'event', event }),
      timer: (timer) => ({ type: 'timer', timer }),
    },
    options,
  );
}

/**
 * The decoder of any topic, for example `createDecoder(registry, { metric: (metric) => ({ type: 'metric', metric }) })`.
 *
 * @param results For each kind of record that the topic may hold, what the decoder answers with. Any other kind is
 *   unreadable there.
 */
export function createDecoder<Decoded>(
  registry: SchemaRegistry,
  results: { readonly [Kind in keyof Records]?: (record: Records[Kind]) => Decoded },
  options: ReadersOptions = {},
): Decoder<Decoded> {
  const readers = createReaders(registry, results, options);
  return {
    decode(value) {
      if (value === null) return unreadable('UNDECODABLE', 'the record has no value');
      const schemaId = readSchemaId(value);
      if (typeof schemaId === 'string') return unreadable('UNDECODABLE', schemaId);
      const reader = readers.forSchemaId(schemaId);
      return typeof reader === 'function' ? reader(value) : reader.then((found) => found(value));
    },
  };
}
