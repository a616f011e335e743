import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes: nobody guesses them, so their plain hash gives nothing away. */
const secretBytes = 32;

const secretShape = /^ok_[A-Za-z0-9_-]{43}$/;

/** What every secret key begins with, and no public one: so that a search over files and logs finds the secret ones. */
export const secretPrefix = 'ok_';

/** A key for a server. It is shown once; only its hash is kept. */
export function newSecretKey(): string {
  return `${secretPrefix}${randomBytes(secretBytes).toString('base64url')}`;
}

/** A key for browsers. Public: it names the tenant, nothing more. */
export function newWriteKey(): string {
  return `wk_${randomBytes(15).toString('base64url')}`;
}

export function isSecretKey(key: string): boolean {
  return secretShape.test(key);
}

/** As it stands in the keys file: 64 hex digits in lower case. */
export function sha256Of(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
