import {
  readSchemaId,
  recordKinds,
  schemaJsonOf,
  subjectOf,
  withSchemaId,
  type RecordKind,
  type SchemaRegistry,
} from '@offerlock/schemas';

/** A schema id of the registry that values come from. */
export interface MovedSchema {
  /** Of the same schema in the registry that they go to. */
  readonly id: number;
  /** null: the id, or the schema, is none of ours. */
  readonly kind: RecordKind | null;
}

/** Translates the schema ids in values from one registry's to another's. Errors: `REGISTRY_UNAVAILABLE`. */
export interface SchemaIds {
  /** Of the value's id; null for a value without one. At once for ids that were seen before. */
  schemaOf(value: Buffer | null): MovedSchema | null | Promise<MovedSchema | null>;
}

/** An id that no registry gives out: they count from 1. */
const unknownId = 2 ** 31 - 1;
/** Random bytes may name any id; those that were met are not all remembered. */
const idsMax = 10_000;

/**
 * Each schema that is met is registered in the target, under the subject it has there, unless it is there already. An
 * id that the source does not know is left alone: such bytes are dead letters, and their readers want the original.
 * Only where the target knows that id it is replaced, or a fold there would take the bytes for something they are not.
 */
export function createSchemaIds(
  source: SchemaRegistry,
  target: SchemaRegistry,
  targetPrefix: string,
): SchemaIds {
  const known = new Map<number, MovedSchema>();

  const move = async (sourceId: number): Promise<MovedSchema> => {
    const schemaJson = await source.schemaById(sourceId);
    if (schemaJson === null) {
      const isFree = (await target.schemaById(sourceId)) === null;
      return { id: isFree ? sourceId : unknownId, kind: null };
    }
    const name = nameOf(schemaJson);
    const kind = kindNames.get(name) ?? null;
    const subject = kind === null ? `${targetPrefix}${name}-value` : subjectOf(kind, targetPrefix);
    return { id: await target.register(subject, schemaJson), kind };
  };

  return {
    schemaOf(value) {
      if (value === null) return null;
      const sourceId = readSchemaId(value);
      if (typeof sourceId === 'string') return null;
      const found = known.get(sourceId);
      if (found !== undefined) return found;
      return move(sourceId).then((schema) => {
        if (known.size >= idsMax) known.clear();
        known.set(sourceId, schema);
        return schema;
      });
    },
  };
}

/** The same value under the schema's id in the target. Never changes the bytes that were given. */
export function moved<Value extends Buffer | null>(value: Value, schema: MovedSchema | null): Value | Buffer {
  if (value === null || schema === null || readSchemaId(value) === schema.id) return value;
  return withSchemaId(value, schema.id);
}

function nameOf(schemaJson: string): string {
  const { name = '', namespace } = JSON.parse(schemaJson) as { name?: string; namespace?: string };
  return name.includes('.') || namespace === undefined ? name : `${namespace}.${name}`;
}

const kindNames: ReadonlyMap<string, RecordKind> = new Map(
  recordKinds.map((kind) => [nameOf(schemaJsonOf(kind)), kind]),
);
