import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { schemaJsonOf, type SchemaRegistry } from '@offerlock/schemas';

/**
 * What every schema registry does.
 *
 * @param registry One that answers. The tests use subjects of random names and may share it with others.
 * @param unreachable One that does not answer now; null where there is no such thing.
 */
export function registryContract(
  name: string,
  registry: () => SchemaRegistry,
  unreachable: (() => SchemaRegistry) | null,
): void {
  describe(`the schema registry (${name})`, () => {
    test('gives a registered schema by its id', async () => {
      const id = await registry().register(randomSubject(), version1);

      const schemaJson = await registry().schemaById(id);
      expect(fieldsOf(schemaJson ?? '{}')).toEqual(fieldsOf(version1));
    });

    test('answers null for an id that it does not know', async () => {
      expect(await registry().schemaById(2_000_000_000)).toBeNull();
    });

    test('registers a schema once, however often it is asked to', async () => {
      const subject = randomSubject();
      const id = await registry().register(subject, version1);

      expect(await registry().register(subject, version1)).toBe(id);
      expect(await registry().idOf(subject, version1)).toBe(id);
    });

    test('keeps the id of a version when a compatible one follows', async () => {
      const subject = randomSubject();
      const id = await registry().register(subject, version1);
      const nextId = await registry().register(subject, version2);

      expect(nextId).not.toBe(id);
      expect(await registry().idOf(subject, version1)).toBe(id);
      expect(await registry().idOf(subject, version2)).toBe(nextId);
    });

    test('says what to do about a subject that does not hold the schema', async () => {
      const [empty, other] = [randomSubject(), randomSubject()];
      await registry().register(other, version1);

      for (const subject of [empty, other]) {
        await expect(registry().idOf(subject, version2)).rejects.toMatchObject({
          code: 'SCHEMA_NOT_REGISTERED',
          details: { subject },
          message: expect.stringMatching(new RegExp(`${subject}.*offerlock schemas register`)),
        });
      }
    });

    test.each([
      ['cannot read earlier values', withField({ name: 'page', type: 'string', doc: 'New.' })],
      ['cannot be read by earlier readers', withoutField('eventId')],
    ])('refuses a schema that %s, and does not keep it', async (_title, schemaJson) => {
      const subject = randomSubject();
      await registry().register(subject, version1);

      await expect(registry().register(subject, schemaJson)).rejects.toMatchObject({
        code: 'SCHEMA_INCOMPATIBLE',
        details: { subject },
      });
      await expect(registry().idOf(subject, schemaJson)).rejects.toMatchObject({
        code: 'SCHEMA_NOT_REGISTERED',
      });
    });

    test('refuses a schema that fits the latest version but not an earlier one', async () => {
      const subject = randomSubject();
      await registry().register(subject, version2);
      await registry().register(subject, version1);

      await expect(registry().register(subject, version2WithOtherType)).rejects.toMatchObject({
        code: 'SCHEMA_INCOMPATIBLE',
      });
    });

    if (unreachable !== null) {
      test('says of every call that it is unavailable', async () => {
        const calls = [
          () => unreachable().schemaById(1),
          () => unreachable().idOf('some-value', version1),
          () => unreachable().register('some-value', version1),
        ];
        for (const call of calls)
          await expect(call()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
      });
    }
  });
}

interface Field {
  readonly name: string;
}

const version1 = schemaJsonOf('event');
const version2 = withField({ name: 'page', type: ['null', 'string'], doc: 'New.', default: null });
const version2WithOtherType = withField({ name: 'page', type: 'int', doc: 'New.', default: 0 });

function randomSubject(): string {
  return `${randomUUID()}-value`;
}

function fieldsOf(schemaJson: string): readonly string[] {
  return (JSON.parse(schemaJson) as { fields: readonly Field[] }).fields.map(({ name }) => name);
}

function withField(field: Field & Readonly<Record<string, unknown>>): string {
  const schema = JSON.parse(schemaJsonOf('event')) as { fields: readonly Field[] };
  return JSON.stringify({ ...schema, fields: [...schema.fields, field] });
}

function withoutField(dropped: string): string {
  const schema = JSON.parse(schemaJsonOf('event')) as { fields: readonly Field[] };
  return JSON.stringify({ ...schema, fields: schema.fields.filter(({ name }) => name !== dropped) });
}
