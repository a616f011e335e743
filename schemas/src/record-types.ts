import { readFileSync } from 'node:fs';
import avro from 'avsc';
import type {
  BlockedOffer,
  OfferStateChange,
  OfferTimer,
  WebActionEvent,
  WebActionMetric,
} from './records.ts';

/** Every kind of Avro record that Offerlock writes. */
export interface Records {
  readonly event: WebActionEvent;
  readonly metric: WebActionMetric;
  readonly offerState: OfferStateChange;
  readonly timer: OfferTimer;
  readonly blockedOffer: BlockedOffer;
}

export type RecordKind = keyof Records;

const recordNames: Readonly<Record<RecordKind, string>> = {
  event: 'WebActionEvent',
  metric: 'WebActionMetric',
  offerState: 'OfferStateChange',
  timer: 'OfferTimer',
  blockedOffer: 'BlockedOffer',
};

export const recordKinds = Object.keys(recordNames) as readonly RecordKind[];

/**
 * Reads a schema's JSON text as a type. Throws on anything that is not an Avro schema. All types are built here, ours
 * and those of other writers, because avsc reads values by these options: logical types are left to their underlying
 * type, so that a timestamp is a number of ms, and a union holds the bare value.
 */
export function parseSchema(schemaJson: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schemaJson) as avro.Schema, {
    logicalTypes: {},
    wrapUnions: false,
    omitRecordMethods: true,
  });
}

/** What the registry holds for records of this kind: the `.avsc` file without its line breaks. */
export function schemaJsonOf(kind: RecordKind): string {
  // The same path from `src` and from `dist`.
  const file = new URL(`../${recordNames[kind]}.avsc`, import.meta.url);
  return JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
}

/** A record as we read and write it. */
export interface RecordType {
  readonly kind: RecordKind;
  readonly schemaJson: string;
  readonly avroType: avro.Type;
  /** Fields of 32 bits, whose range avsc checks when it writes but not when it reads. */
  readonly intFields: readonly string[];
}

const recordTypes = new Map<RecordKind, RecordType>();

export function recordType(kind: RecordKind): RecordType {
  const known = recordTypes.get(kind);
  if (known !== undefined) return known;
  const schemaJson = schemaJsonOf(kind);
  const avroType = parseSchema(schemaJson) as avro.types.RecordType;
  const intFields = avroType.fields.filter(({ type }) => type.typeName === 'int').map(({ name }) => name);
  const made = { kind, schemaJson, avroType, intFields };
  recordTypes.set(kind, made);
  return made;
}
