import { readFile } from 'node:fs/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import { checkKeysFile, describeKeysProblems } from '@offerlock/server';
import { formatTable } from '../format.ts';
import type { Terminal } from '../ports.ts';

/** `offerlock keys check`. False when the file is not valid; every problem is told. Error: `CONFIG_INVALID`. */
export async function checkKeys(terminal: Terminal, file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OfferlockError('CONFIG_INVALID', `${file}: cannot be read`, { cause });
  });
  const checked = checkKeysFile(text);
  if (checked.outcome === 'refused') {
    terminal.note(`${file} is not valid:\n${describeKeysProblems(checked.problems)}`);
    return false;
  }
  const rows = checked.tenants.flatMap(({ tenantId, writeKeys, serverKeys }) => [
    ...writeKeys.map(({ key, origins }) => [tenantId, 'pages', key, origins.join('\n')]),
    ...serverKeys.map(({ id, roles }) => [tenantId, 'servers', id, roles.join(', ')]),
  ]);
  if (rows.length > 0) terminal.print(formatTable(['tenant', 'for', 'key', 'origins or roles'], rows));
  terminal.note(`${file} is valid: ${rows.length} ${rows.length === 1 ? 'key' : 'keys'}.`);
  return true;
}
