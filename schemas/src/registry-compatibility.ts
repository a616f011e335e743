import { parseSchema } from './record-types.ts';
import { incompatible } from './registry-errors.ts';

/**
 * Throws `SCHEMA_INCOMPATIBLE` unless each of the two schemas can read what the other wrote; for registries of our own.
 * avsc refuses to make a resolver otherwise.
 */
export function checkCompatible(subject: string, earlierJson: string, nextJson: string): void {
  const earlier = parseSchema(earlierJson);
  const next = parseSchema(nextJson);
  try {
    next.createResolver(earlier);
    earlier.createResolver(next);
  } catch (cause) {
    throw incompatible(subject, cause);
  }
}
