import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataDirectory } from '@offerlock/data-directory';
import { schemaJsonOf, type SchemaRegistry } from '@offerlock/schemas';
import { createEmbeddedRegistry } from '@offerlock/schemas/embedded';
import { createDirectoryPlace, type DirectoryPlace } from '../../support/data-directory.ts';
import { registryContract } from '../registry.contract.ts';

let place: DirectoryPlace;
let directory: DataDirectory;
let registry: SchemaRegistry;

beforeAll(async () => {
  place = await createDirectoryPlace();
  directory = await place.open();
  registry = createEmbeddedRegistry(directory);
});
afterAll(async () => {
  await directory.close();
  await place.remove();
});

registryContract('embedded', () => registry, null);

test('ids are the same after the directory was opened again, and go on after them', async () => {
  const own = await createDirectoryPlace();
  const first = await own.open();
  const before = createEmbeddedRegistry(first);
  const eventId = await before.register('events-value', schemaJsonOf('event'));
  const metricId = await before.register('metrics-value', schemaJsonOf('metric'));
  await first.close();

  const second = await own.open();
  const after = createEmbeddedRegistry(second);
  expect(await after.idOf('events-value', schemaJsonOf('event'))).toBe(eventId);
  expect(await after.schemaById(metricId)).toBe(schemaJsonOf('metric'));
  expect(await after.register('timers-value', schemaJsonOf('timer'))).toBe(metricId + 1);
  expect(await after.register('other-value', schemaJsonOf('event'))).toBe(eventId);
  await second.close();
  await own.remove();
});
