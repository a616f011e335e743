import { endOfPrefix, tableKey } from './keys.ts';
import type { StoredTable } from './ports.ts';
import type { Store } from './store.ts';

export function createTable(store: Store, name: string): StoredTable {
  const nameBytes = Buffer.byteLength(name) + 1;
  return {
    name,
    get: (key) => store.get(store.tables, tableKey(name, key)),
    *entries(prefix = '') {
      const start = tableKey(name, prefix);
      for (const { key, value } of [...store.entries(store.tables, start, endOfPrefix(start))]) {
        yield [key.toString('utf8', nameBytes), value] as const;
      }
    },
  };
}
