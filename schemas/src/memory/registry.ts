import { OfferlockError } from '@offerlock/lifecycle';
import type { SchemaRegistry } from '../ports.ts';
import { checkCompatible } from '../registry-compatibility.ts';
import { notRegistered } from '../registry-errors.ts';

export interface MemoryRegistry extends SchemaRegistry {
  /** While it is not available, every call rejects with `REGISTRY_UNAVAILABLE`. */
  setAvailable(available: boolean): void;
}

/** A registry in this process, with ids from 1. The same schema text has the same id under every subject. */
export function createMemoryRegistry(): MemoryRegistry {
  const schemas: string[] = [];
  const versions = new Map<string, string[]>();
  let available = true;

  const checkAvailable = (): void => {
    if (!available) throw new OfferlockError('REGISTRY_UNAVAILABLE', 'the registry was made unavailable');
  };
  const idOfText = (schemaJson: string): number => schemas.indexOf(schemaJson) + 1;

  return {
    async schemaById(id) {
      checkAvailable();
      return schemas[id - 1] ?? null;
    },
    async idOf(subject, schemaJson) {
      checkAvailable();
      if (versions.get(subject)?.includes(schemaJson) !== true) throw notRegistered(subject);
      return idOfText(schemaJson);
    },
    async register(subject, schemaJson) {
      checkAvailable();
      const earlier = versions.get(subject) ?? [];
      if (!earlier.includes(schemaJson)) {
        for (const version of earlier) checkCompatible(subject, version, schemaJson);
        versions.set(subject, [...earlier, schemaJson]);
      }
      if (!schemas.includes(schemaJson)) schemas.push(schemaJson);
      return idOfText(schemaJson);
    },
    setAvailable(value) {
      available = value;
    },
  };
}
