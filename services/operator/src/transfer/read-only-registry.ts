import { OfferlockError } from '@offerlock/lifecycle';
import type { SchemaRegistry } from '@offerlock/schemas';

/** The registry for a dry run: what would be registered gets an id that no registry gives out. */
export function readOnlyRegistry(registry: SchemaRegistry): SchemaRegistry {
  return {
    ...registry,
    async register(subject, schemaJson) {
      try {
        return await registry.idOf(subject, schemaJson);
      } catch (error) {
        if (error instanceof OfferlockError && error.code === 'SCHEMA_NOT_REGISTERED') return 0;
        throw error;
      }
    },
  };
}
