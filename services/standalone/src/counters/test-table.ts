import type { StoredTable } from '@offerlock/data-directory';
import type { CounterTransaction } from './counters.ts';

/** A table in memory with transactions that take effect at once. */
export function createTestTable(): { readonly table: StoredTable; readonly transaction: CounterTransaction } {
  const values = new Map<string, Buffer>();
  const get = (key: string): Buffer | null => values.get(key) ?? null;
  return {
    table: {
      name: 'counters',
      get,
      entries: (prefix = '') =>
        [...values]
          .filter(([key]) => key.startsWith(prefix))
          .sort(([one], [other]) => (one < other ? -1 : 1)),
    },
    transaction: {
      get: (_table, key) => get(key),
      put: (_table, key, value) => {
        values.set(key, value);
      },
      remove: (_table, key) => {
        values.delete(key);
      },
    },
  };
}
