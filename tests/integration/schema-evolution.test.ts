import { randomUUID } from 'node:crypto';
import { eventOf } from '@offerlock/lifecycle/testing';
import { expect, test } from '@jest/globals';
import { SchemaRegistry as OtherProgram } from '@kafkajs/confluent-schema-registry';
import { parseVariables, registryConnectionOf, registryVariables } from '@offerlock/config';
import {
  createEncoders,
  createRecordDecoder,
  registerSchemas,
  schemaJsonOf,
  subjectOf,
} from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';

/*
 * Producers and readers are upgraded one by one, in any order, while the log still holds what older ones wrote. The
 * other program is the registry's own client: it knows nothing of our codec.
 */
const connection = registryConnectionOf(parseVariables(registryVariables, process.env));
const registry = createConfluentRegistry(connection);
const otherProgram = new OtherProgram({ host: connection.url });

const event = eventOf('errored', { eventId: randomUUID(), errorCode: 'chat.unavailable' });

test('a producer of the next version is read today, and today’s producer by the next version', async () => {
  const { encoders, subject } = await registered();
  const nextSchema = eventSchemaWith({ name: 'page', type: 'string', doc: 'New.', default: '/' });
  const nextId = await registry.register(subject, nextSchema);

  const nextValue = await otherProgram.encode(nextId, { ...event, page: '/prices' });
  expect(await createRecordDecoder(registry).decode(nextValue)).toEqual({ type: 'event', event });

  const nextReader = { readerSchema: JSON.parse(nextSchema) };
  const oldValue = encoders.event.encode(event);
  expect(await otherProgram.decode(oldValue, { AVRO: nextReader })).toEqual({ ...event, page: '/' });
  expect(await otherProgram.decode(nextValue, { AVRO: nextReader })).toEqual({ ...event, page: '/prices' });
});

test('today’s encoders keep their ids after the next version is registered', async () => {
  const { topicPrefix, encoders, subject } = await registered();
  await registry.register(
    subject,
    eventSchemaWith({ name: 'page', type: 'string', doc: 'New.', default: '/' }),
  );

  const afterwards = await createEncoders(registry, topicPrefix);
  expect(afterwards.event.encode(event)).toEqual(encoders.event.encode(event));
});

test('a version that needs a field older producers did not write is refused', async () => {
  const { subject } = await registered();

  await expect(
    registry.register(subject, eventSchemaWith({ name: 'page', type: 'string', doc: 'New.' })),
  ).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE', message: expect.stringContaining('page') });
});

async function registered() {
  const topicPrefix = `${randomUUID()}.`;
  await registerSchemas(registry, topicPrefix);
  const encoders = await createEncoders(registry, topicPrefix);
  return { topicPrefix, encoders, subject: subjectOf('event', topicPrefix) };
}

function eventSchemaWith(field: Readonly<Record<string, unknown>>): string {
  const schema = JSON.parse(schemaJsonOf('event')) as { fields: readonly unknown[] };
  return JSON.stringify({ ...schema, fields: [...schema.fields, field] });
}
