import { recordKinds, schemaJsonOf, subjectOf, type SchemaRegistry } from '@offerlock/schemas';
import { OfferlockError } from '@offerlock/lifecycle';
import { formatTable } from './format.ts';
import type { Systems, Terminal } from './ports.ts';

/** `offerlock schemas register`. A repeat changes nothing. */
export async function registerSchemas(
  systems: Pick<Systems, 'openRegistry' | 'topicPrefix'>,
  terminal: Terminal,
): Promise<void> {
  const registry = systems.openRegistry();
  const topicPrefix = systems.topicPrefix();
  const rows: (readonly string[])[] = [];
  for (const kind of recordKinds) {
    const subject = subjectOf(kind, topicPrefix);
    const schemaJson = schemaJsonOf(kind);
    const known = await knownId(registry, subject, schemaJson);
    const id = await registry.register(subject, schemaJson);
    rows.push([subject, String(id), known === null ? 'registered' : 'was there']);
  }
  terminal.print(formatTable(['subject', 'id', 'result'], rows));
}

async function knownId(
  registry: SchemaRegistry,
  subject: string,
  schemaJson: string,
): Promise<number | null> {
  try {
    return await registry.idOf(subject, schemaJson);
  } catch (error) {
    if (error instanceof OfferlockError && error.code === 'SCHEMA_NOT_REGISTERED') return null;
    throw error;
  }
}
