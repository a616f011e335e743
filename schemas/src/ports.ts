import type { OfferTimer, WebActionEvent } from './records.ts';

/** Bytes that cannot be read, now or later. */
export interface UnreadableValue {
  readonly type: 'unreadable';
  readonly reason: 'UNDECODABLE' | 'UNKNOWN_SCHEMA';
  /** What is wrong with the bytes, for the operator. */
  readonly detail: string;
}

/** What a record of the events topic turned out to be. */
export type DecodedRecord =
  | { readonly type: 'event'; readonly event: WebActionEvent }
  | { readonly type: 'timer'; readonly timer: OfferTimer }
  | UnreadableValue;

/**
 * Reads values of a topic, whatever compatible schema version wrote them. Answers at once for schema ids seen before;
 * an id seen for the first time costs one registry request, however many values wait for it. Bad bytes are a result,
 * not an error. Rejects with `REGISTRY_UNAVAILABLE` when an id cannot be looked up now; such a value must be tried
 * again later.
 */
export interface Decoder<Decoded> {
  decode(value: Buffer | null): Decoded | UnreadableValue | Promise<Decoded | UnreadableValue>;
}

/** The decoder of the events topic. */
export type RecordDecoder = Decoder<DecodedRecord>;

/** Writes values in the Confluent wire format: byte 0, 4-byte schema id, Avro body. */
export interface RecordEncoder<T> {
  encode(record: T): Buffer;
}

/** The schema registry. Errors: `REGISTRY_UNAVAILABLE`, and those named. */
export interface SchemaRegistry {
  /** The Avro schema's JSON text, or null if the registry holds none under the id. */
  schemaById(id: number): Promise<string | null>;
  /** The id of exactly this schema under the subject. Error: `SCHEMA_NOT_REGISTERED`. */
  idOf(subject: string, schemaJson: string): Promise<number>;
  /**
   * Registers the schema as the subject's next version and returns its id; a repeat returns the same id. A version
   * must be able to read, and be read by, every earlier one. Error: `SCHEMA_INCOMPATIBLE`.
   */
  register(subject: string, schemaJson: string): Promise<number>;
}
