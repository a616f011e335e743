import { readFileSync } from 'node:fs';
import avro from 'avsc';
import type {
  ActionMaps,
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
  readonly actionMaps: ActionMaps;
}

export type RecordKind = keyof Records;

const recordNames: Readonly<Record<RecordKind, string>> = {
  event: 'WebActionEvent',
  metric: 'WebActionMetric',
  offerState: 'OfferStateChange',
  timer: 'OfferTimer',
  blockedOffer: 'BlockedOffer',
  actionMaps: 'ActionMaps',
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
  /** Fields whose range avsc does not check when it reads, with that range. */
  readonly numberRanges: readonly { readonly field: string; readonly min: number; readonly max: number }[];
}

const recordTypes = new Map<RecordKind, RecordType>();

export function recordType(kind: RecordKind): RecordType {
  const known = recordTypes.get(kind);
  if (known !== undefined) return known;
  const schemaJson = schemaJsonOf(kind);
  const avroType = parseSchema(schemaJson) as avro.types.RecordType;
  const numberRanges = avroType.fields.flatMap(({ name, type }) => {
    const range = rangeOf(type);
    return range === undefined ? [] : [{ field: name, ...range }];
  });
  const made = { kind, schemaJson, avroType, numberRanges };
  recordTypes.set(kind, made);
  return made;
}

/**
 * A long ends up as twice its value in a double on its way through avsc, so that beyond 52 bits a negative one turns
 * into a positive one without an error. No time, duration or offset comes near.
 */
const ranges: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  int: { min: -(2 ** 31), max: 2 ** 31 - 1 },
  long: { min: -(2 ** 52) + 1, max: 2 ** 52 - 1 },
};

function rangeOf(type: avro.Type): { readonly min: number; readonly max: number } | undefined {
  if (!avro.Type.isType(type, 'union')) return ranges[type.typeName];
  const branch = (type as avro.types.UnwrappedUnionType).types.find(({ typeName }) => typeName in ranges);
  return branch === undefined ? undefined : ranges[branch.typeName];
}
