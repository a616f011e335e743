/** The part of JSON Schema (draft 2020-12) that our schemas use. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  /** Beside a `pattern`: the format in words, because it is what a reader of a problem gets to see. */
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: string;
  readonly enum?: readonly (string | number)[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  /** Objects that are told apart by the `const` of their property `type`. */
  readonly oneOf?: readonly JsonSchema[];
}

export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

/** A place in a document, what stands there, and what was expected: for the person who wrote it. */
export interface DocumentProblem {
  /** JSON Pointer (RFC 6901), such as `/actionMaps/0/weight`; empty for the whole document. */
  readonly path: string;
  readonly expected: string;
}

export interface Conformed {
  /** The document with the defaults filled in, its fields in the schema's order; of use only without problems. */
  readonly value: unknown;
  readonly problems: readonly DocumentProblem[];
}

/** Compares a document with a schema and collects every problem. `root` resolves the references. */
export function conform(root: JsonSchema, schema: JsonSchema, document: unknown): Conformed {
  const problems: DocumentProblem[] = [];
  const problem = (path: string, expected: string): undefined => void problems.push({ path, expected });

  const walk = (given: JsonSchema, value: unknown, path: string): unknown => {
    const at = given.$ref === undefined ? given : definition(root, given.$ref);
    if (at.oneOf !== undefined) {
      if (!isRecord(value)) return problem(path, 'an object');
      const branch = at.oneOf.find((one) => one.properties?.['type']?.const === value['type']);
      const types = at.oneOf.map((one) => one.properties?.['type']?.const ?? '');
      return branch === undefined ? problem(`${path}/type`, oneOf(types)) : walk(branch, value, path);
    }
    if (at.type !== undefined && ![at.type].flat().some((type) => isOfType[type](value))) {
      return problem(path, [at.type].flat().map(typeInWords).join(' or '));
    }
    if (at.const !== undefined && value !== at.const) return problem(path, oneOf([at.const]));
    if (at.enum !== undefined && !at.enum.includes(value as string)) return problem(path, oneOf(at.enum));
    if (typeof value === 'string' && !isTextOf(at, value)) return problem(path, textInWords(at));
    if (typeof value === 'number' && !isWithin(at, value)) return problem(path, rangeInWords(at));
    if (Array.isArray(value)) return walkItems(at, value, path);
    return isRecord(value) ? walkFields(at, value, path) : value;
  };

  const walkItems = (at: JsonSchema, items: readonly unknown[], path: string): unknown => {
    const { minItems = 0, maxItems = Infinity } = at;
    if (items.length < minItems || items.length > maxItems) {
      return problem(path, `${minItems} to ${maxItems} entries`);
    }
    return items.map((item, index) => walk(at.items ?? {}, item, `${path}/${index}`));
  };

  const walkFields = (at: JsonSchema, fields: Readonly<Record<string, unknown>>, path: string): unknown => {
    const known = at.properties ?? {};
    for (const name of Object.keys(fields)) {
      if (Object.hasOwn(known, name)) continue;
      problem(`${path}/${escaped(name)}`, `no such field; the fields are ${Object.keys(known).join(', ')}`);
    }
    const found: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(known)) {
      const place = `${path}/${escaped(name)}`;
      if (Object.hasOwn(fields, name)) found[name] = walk(field, fields[name], place);
      else if (at.required?.includes(name)) problem(place, 'a value: the field is required');
      else if (field.default !== undefined) found[name] = walk(field, field.default, place);
    }
    return found;
  };

  const value = walk(schema, document, '');
  return { value, problems };
}

/** The definition a reference names, which must be one of `root`. */
export function definition(root: JsonSchema, ref: string): JsonSchema {
  const name = ref.replace('#/$defs/', '');
  const found = root.$defs?.[name];
  if (found === undefined) throw new Error(`schema: ${ref} is not defined`);
  return found;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isOfType: Readonly<Record<JsonType, (value: unknown) => boolean>> = {
  object: isRecord,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

// JSON Schema counts characters, and JavaScript counts the halves of those outside the first plane as well.
function isTextOf({ minLength = 0, maxLength = Infinity, pattern }: JsonSchema, text: string): boolean {
  const length = Array.from(text).length;
  return (
    length >= minLength &&
    length <= maxLength &&
    (pattern === undefined || new RegExp(pattern, 'u').test(text))
  );
}

function isWithin({ minimum = -Infinity, maximum = Infinity }: JsonSchema, value: number): boolean {
  return value >= minimum && value <= maximum;
}

function typeInWords(type: JsonType): string {
  if (type === 'null') return type;
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function textInWords({ pattern, title, minLength = 0, maxLength }: JsonSchema): string {
  return pattern !== undefined && title !== undefined
    ? title
    : `${minLength} to ${maxLength ?? 'any number of'} characters`;
}

/** The bounds of a number. */
export function rangeInWords({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined) return `at most ${maximum}`;
  return maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`;
}

function oneOf(values: readonly (string | number)[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
