import type avro from 'avsc';
import type { SchemaRegistry, UnreadableValue } from './ports.ts';
import { parseSchema, recordKinds, recordType, type Records, type RecordType } from './record-types.ts';
import { headerBytes } from './wire-format.ts';

export interface ReadersOptions {
  /** How long an id that the registry does not know is not asked for again. Default: 30 s. */
  readonly unknownIdTtlMs?: number;
  /** How many such ids are remembered; beyond it the oldest is forgotten. Default: 10,000. */
  readonly unknownIdsMax?: number;
  /** The time in ms. Default: `Date.now`. */
  readonly now?: () => number;
}

/** Reads a whole value, whose header has been checked, by the schema that wrote it. */
export type Reader<Decoded> = (value: Buffer) => Decoded | UnreadableValue;

export interface Readers<Decoded> {
  /** At once for an id that is known, or known to be unknown. Rejects with `REGISTRY_UNAVAILABLE`. */
  forSchemaId(schemaId: number): Reader<Decoded> | Promise<Reader<Decoded>>;
}

export function unreadable(reason: UnreadableValue['reason'], detail: string): UnreadableValue {
  return { type: 'unreadable', reason, detail };
}

/**
 * The readers of one topic by schema id. A schema under an id never changes, so what was made from it stays; that the
 * registry does not know an id may change when a producer registers its schema, so that is forgotten after a while.
 *
 * The client library could decode too, but builds the resolver from writer to reader schema anew for every value, and
 * asks the registry again for every value with an unknown id.
 */
export function createReaders<Decoded>(
  registry: SchemaRegistry,
  results: { readonly [Kind in keyof Records]?: (record: Records[Kind]) => Decoded },
  { unknownIdTtlMs = 30_000, unknownIdsMax = 10_000, now = Date.now }: ReadersOptions,
): Readers<Decoded> {
  const byWriterName = new Map<string, (writer: avro.Type) => Reader<Decoded>>();
  for (const kind of recordKinds) {
    const result = results[kind];
    if (result === undefined) continue;
    const ours = recordType(kind);
    // The result belongs to the kind, which TypeScript does not follow through the loop.
    const wrap = result as (record: unknown) => Decoded;
    byWriterName.set(ours.avroType.name ?? kind, (writer) => readerOf(ours, writer, wrap));
  }

  const known = new Map<number, Reader<Decoded>>();
  const unknownUntilMs = new Map<number, number>();
  const requests = new Map<number, Promise<Reader<Decoded>>>();

  const lookUp = async (schemaId: number): Promise<Reader<Decoded>> => {
    const schemaJson = await registry.schemaById(schemaId);
    if (schemaJson === null) {
      unknownUntilMs.set(schemaId, now() + unknownIdTtlMs);
      forgetOldest(unknownUntilMs, unknownIdsMax);
      return unknownReader(schemaId);
    }
    const reader = readerOfSchema(schemaId, schemaJson, byWriterName);
    known.set(schemaId, reader);
    return reader;
  };

  return {
    forSchemaId(schemaId) {
      const reader = known.get(schemaId);
      if (reader !== undefined) return reader;
      const untilMs = unknownUntilMs.get(schemaId);
      if (untilMs !== undefined) {
        if (now() < untilMs) return unknownReader(schemaId);
        unknownUntilMs.delete(schemaId);
      }
      let request = requests.get(schemaId);
      if (request === undefined) {
        request = lookUp(schemaId).finally(() => requests.delete(schemaId));
        requests.set(schemaId, request);
      }
      return request;
    },
  };
}

function unknownReader(schemaId: number): Reader<never> {
  return () => unreadable('UNKNOWN_SCHEMA', `the registry has no Avro schema with the id ${schemaId}`);
}

function readerOfSchema<Decoded>(
  schemaId: number,
  schemaJson: string,
  byWriterName: ReadonlyMap<string, (writer: avro.Type) => Reader<Decoded>>,
): Reader<Decoded> {
  try {
    const writer = parseSchema(schemaJson);
    const reader = byWriterName.get(writer.name ?? '');
    if (reader !== undefined) return reader(writer);
    const detail = `schema ${schemaId} is ${writer.name ?? writer.typeName}, which does not belong here`;
    return () => unreadable('UNDECODABLE', detail);
  } catch (error) {
    const detail = `schema ${schemaId} cannot be read by ours: ${messageOf(error)}`;
    return () => unreadable('UNDECODABLE', detail);
  }
}

function readerOf<Decoded>(
  { avroType, numberRanges }: RecordType,
  writer: avro.Type,
  wrap: (record: unknown) => Decoded,
): Reader<Decoded> {
  // Reading without a resolver is faster, and right when both schemas lay their bytes out alike.
  const resolver = avroType.equals(writer) ? undefined : avroType.createResolver(writer);
  return (value) => {
    let record: Readonly<Record<string, unknown>>;
    try {
      const { value: read, offset } = avroType.decode(value, headerBytes, resolver);
      if (offset === -1) return unreadable('UNDECODABLE', 'the body ends too early');
      if (offset < value.length) {
        return unreadable('UNDECODABLE', `${value.length - offset} bytes are left after the body`);
      }
      record = read;
    } catch (error) {
      return unreadable('UNDECODABLE', messageOf(error));
    }
    for (const { field, min, max } of numberRanges) {
      const number = record[field];
      if (typeof number === 'number' && (number < min || number > max)) {
        return unreadable('UNDECODABLE', `${field} is ${number}, which is out of range`);
      }
    }
    return wrap(record);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A map keeps the order of insertion, so its first key is the oldest. */
function forgetOldest(map: Map<number, unknown>, sizeMax: number): void {
  if (map.size <= sizeMax) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
