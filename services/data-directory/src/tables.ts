import { endOfPrefix, tableKey } from './keys.ts';
import type { StoredTable } from './ports.ts';
import type { Store } from './store.ts';

export function createTable(store: Store, name: string): StoredTable {
  const nameBytes = Buffer.byteLength(name) + 1;
  return {
    name,
    get: (key) => store.get(store.tables, tableKey(name, key)),
    entries: (prefix = '') => {
      const start = tableKey(name, prefix);
      return Array.from(
        store.entries(store.tables, start, endOfPrefix(start)),
        ({ key, value }) => [key.toString('utf8', nameBytes), value] as const,
      );
    },
  };
}
