import type { DataDirectory, WriteTransaction } from '@offerlock/data-directory';
import type { SchemaRegistry } from '../ports.ts';
import { checkCompatible } from '../registry-compatibility.ts';
import { notRegistered } from '../registry-errors.ts';

/** The greatest id that was given. */
const lastIdKey = 'last-id';
const schemaKey = (id: number): string => `schema/${id}`;
const versionPrefix = (subject: string): string => `version/${subject}/`;

/**
 * The schema registry of an installation without servers. Ids and versions lie in the data directory, because every
 * value in its log carries an id. The same schema text has the same id under every subject.
 */
export function createEmbeddedRegistry(directory: DataDirectory): SchemaRegistry {
  const table = directory.table('schemas');

  const text = (key: string): string | null => table.get(key)?.toString('utf8') ?? null;
  /** Ids of the subject's versions, oldest first. */
  const versionsOf = (subject: string): readonly number[] =>
    [...table.entries(versionPrefix(subject))].map(([, id]) => Number(id.toString('utf8')));
  const idOfVersion = (subject: string, schemaJson: string): number | undefined =>
    versionsOf(subject).find((id) => text(schemaKey(id)) === schemaJson);

  const idOfText = (schemaJson: string): number | null => {
    for (const [key, json] of table.entries(schemaKey(0).slice(0, -1))) {
      if (json.toString('utf8') === schemaJson) return Number(key.slice('schema/'.length));
    }
    return null;
  };

  const addVersion = (transaction: WriteTransaction, subject: string, schemaJson: string): number => {
    const known = idOfVersion(subject, schemaJson);
    if (known !== undefined) return known;
    const earlier = versionsOf(subject);
    for (const id of earlier) checkCompatible(subject, text(schemaKey(id)) ?? '', schemaJson);
    let id = idOfText(schemaJson);
    if (id === null) {
      id = Number(transaction.get(table, lastIdKey)?.toString('utf8') ?? '0') + 1;
      transaction.put(table, lastIdKey, Buffer.from(String(id)));
      transaction.put(table, schemaKey(id), Buffer.from(schemaJson));
    }
    const version = String(earlier.length + 1).padStart(6, '0');
    transaction.put(table, `${versionPrefix(subject)}${version}`, Buffer.from(String(id)));
    return id;
  };

  // One registration at a time, each in a transaction of its own: what the next one reads is what the last one wrote.
  let turn: Promise<unknown> = Promise.resolve();

  return {
    schemaById: async (id) => text(schemaKey(id)),
    idOf: async (subject, schemaJson) => {
      const id = idOfVersion(subject, schemaJson);
      if (id === undefined) throw notRegistered(subject);
      return id;
    },
    register: (subject, schemaJson) => {
      const registered = turn.then(() =>
        directory.write((transaction) => addVersion(transaction, subject, schemaJson)),
      );
      turn = registered.catch(() => {});
      return registered;
    },
  };
}
