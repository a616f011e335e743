import {
  checkKeysFile,
  describeKeysProblems,
  newSecretKey,
  newWriteKey,
  sha256Of,
  type Role,
  type TenantKeys,
} from '@offerlock/server';
import type { Terminal } from '../ports.ts';
import { UsageError } from '../usage-error.ts';

export interface NewKeyOptions {
  readonly tenant: string;
  /** Of pages that may use the key. With them it is a public write key, without them a secret server key. */
  readonly origins: readonly string[];
  /** Of a server key; those of a write key are fixed. */
  readonly roles?: readonly Role[];
  /** Name of a server key; one is made when absent. */
  readonly id?: string;
}

/**
 * `offerlock keys new`. Prints a keys file with the one new key, on standard output, so that it can become the file; a
 * secret key itself goes to standard error, once, and is nowhere kept.
 */
export function newKey(terminal: Terminal, options: NewKeyOptions): void {
  const { tenant: tenantId, origins, roles, id } = options;
  const isPublic = origins.length > 0;
  if (isPublic && (roles !== undefined || id !== undefined)) {
    throw new UsageError(
      '--origin makes a write key, which has no --id and no --roles: it may report and ask for decisions',
    );
  }
  const secret = newSecretKey();
  const sha256 = sha256Of(secret);
  const entry: Partial<TenantKeys> = isPublic
    ? { writeKeys: [{ key: newWriteKey(), origins }] }
    : {
        serverKeys: [
          { id: id ?? `key-${sha256.slice(0, 8)}`, sha256, roles: roles ?? ['events', 'decisions'] },
        ],
      };
  const file = JSON.stringify({ tenants: [{ tenantId, ...entry }] }, null, 2);
  const checked = checkKeysFile(file);
  if (checked.outcome === 'refused') {
    throw new UsageError(`this cannot be a key:\n${describeKeysProblems(checked.problems)}`);
  }
  terminal.print(file);
  terminal.note(
    isPublic
      ? 'The key is public: pages of these origins send it. Above is a keys file with it; in a file that is there already, ' +
          `add its entry to the writeKeys of ${tenantId}.`
      : `The secret key, which is shown only now and is kept nowhere:\n\n  ${secret}\n\nAbove is a keys file with its hash; ` +
          `in a file that is there already, add its entry to the serverKeys of ${tenantId}.`,
  );
}
