import { describe, expect, test } from '@jest/globals';
import { recordKinds, schemaJsonOf, type Records } from './record-types.ts';

/** How a field of this TypeScript type may be written in Avro. */
type AvroOf<Value> = null extends Value
  ? ['null', AvroOf<NonNullable<Value>>]
  : Value extends string
    ? 'string'
    : Value extends boolean
      ? 'boolean'
      : Value extends number
        ? 'int' | 'long' | 'timestamp-millis'
        : never;

/**
 * The TypeScript types on one side, the `.avsc` files on the other: the compiler refuses this table when it differs from
 * the types in a field or its type, the test fails when it differs from the files.
 */
const fields: {
  readonly [Kind in keyof Records]: { [Field in keyof Records[Kind]]: AvroOf<Records[Kind][Field]> };
} = {
  event: {
    eventId: 'string',
    tenantId: 'string',
    customerId: 'string',
    customerIdType: 'string',
    sessionId: 'string',
    actionId: 'string',
    actionMapId: 'string',
    actionMapVersion: 'int',
    actionMediaType: 'string',
    actionState: 'string',
    occurredAt: 'timestamp-millis',
    receivedAt: 'timestamp-millis',
    errorCode: ['null', 'string'],
    errorMessage: ['null', 'string'],
  },
  metric: {
    metricId: 'string',
    metric: 'string',
    tenantId: 'string',
    customerId: 'string',
    sessionId: 'string',
    actionId: 'string',
    actionMapId: 'string',
    actionMapVersion: 'int',
    actionMediaType: 'string',
    previousState: ['null', 'string'],
    millisInPreviousState: ['null', 'long'],
    millisSinceOffered: ['null', 'long'],
    terminal: 'boolean',
    occurredAt: 'timestamp-millis',
    receivedAt: 'timestamp-millis',
    processedAt: 'timestamp-millis',
    topic: 'string',
    partition: 'int',
    offset: 'long',
  },
  offerState: {
    tenantId: 'string',
    customerId: 'string',
    actionMapId: 'string',
    position: 'string',
    state: 'string',
  },
  timer: {
    tenantId: 'string',
    customerId: 'string',
    actionMapId: 'string',
    eventId: 'string',
    offset: 'long',
    dueAt: 'timestamp-millis',
  },
  blockedOffer: {
    tenantId: 'string',
    customerId: 'string',
    sessionId: 'string',
    actionId: 'string',
    actionMapId: 'string',
    actionMapVersion: 'int',
    actionMediaType: 'string',
    reason: 'string',
    blockingActionMapId: ['null', 'string'],
    occurredAt: 'timestamp-millis',
  },
  actionMaps: {
    tenantId: 'string',
    revision: 'long',
    changedAt: 'timestamp-millis',
    changedBy: 'string',
    document: 'string',
  },
};

interface AvroField {
  readonly name: string;
  readonly doc?: string;
  readonly default?: unknown;
  readonly type: string | readonly string[] | { readonly type: 'long'; readonly logicalType: string };
}

interface AvroRecord {
  readonly namespace: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

describe.each(recordKinds)('the schema of kind %s', (kind) => {
  const schema = JSON.parse(schemaJsonOf(kind)) as AvroRecord;

  test('has the fields of its TypeScript type', () => {
    const avroFields = schema.fields.map(({ name, type }) => [
      name,
      typeof type === 'object' && 'logicalType' in type ? type.logicalType : type,
    ]);
    expect(Object.fromEntries(avroFields)).toEqual(fields[kind]);
  });

  test('is in our namespace and documented in every field', () => {
    expect(schema.namespace).toBe('io.offerlock.webactions');
    for (const { name, doc } of [{ name: kind, doc: schema.doc }, ...schema.fields]) {
      expect({ name, doc }).toEqual({ name, doc: expect.stringMatching(/\w+.*\.$/) });
    }
  });

  test('defaults what a producer may leave out', () => {
    const defaults: Readonly<Record<string, unknown>> = {
      tenantId: 'default',
      customerIdType: 'cookie',
      actionMapVersion: 1,
      actionMediaType: 'webchat',
      terminal: false,
    };
    for (const field of schema.fields) {
      const expected = Array.isArray(field.type) ? null : defaults[field.name];
      expect({ field: field.name, default: field.default }).toEqual({ field: field.name, default: expected });
    }
  });
});
