import { createHmac, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { OfferlockError } from '@offerlock/lifecycle';
import type { Logger } from 'pino';
import { checkKeysFile, describeKeysProblems, type TenantKeys } from './keys-file.ts';
import type { Role } from './roles.ts';
import { isSecretKey, secretPrefix, sha256Of } from './secret-key.ts';

/** Who a key belongs to. */
export type KeyHolder =
  | {
      readonly kind: 'browser';
      readonly tenantId: string;
      /** The key itself: it is public. */
      readonly keyId: string;
      readonly roles: readonly Role[];
      /** Of the pages that may use it; `*` for all. */
      readonly origins: ReadonlySet<string>;
    }
  | {
      readonly kind: 'server';
      readonly tenantId: string;
      readonly keyId: string;
      readonly roles: readonly Role[];
    };

/** The keys that are valid now. */
export interface Keyring {
  /** null when nobody holds that key. How long it takes tells nothing of a secret. */
  find(key: string): KeyHolder | null;
  /** Whether some write key may be used by pages of this origin: all that can be known before the key is. */
  knowsOrigin(origin: string): boolean;
  /** `valid` is false while the file is broken and the keys that it held before are used. */
  status(): KeyringStatus;
  /** Looks at the file now. A broken one is logged, once, and changes nothing. Never rejects. */
  reload(): Promise<void>;
  /** Stops looking at the file. */
  close(): void;
}

export interface KeyringStatus {
  readonly valid: boolean;
  /** For a person. */
  readonly detail: string;
  readonly writeKeys: number;
  readonly serverKeys: number;
}

/** Where the keys stand: in a file that is looked at again and again, or in a text that never changes. */
export type KeysSource = { readonly file: string } | { readonly text: string };

export interface KeyringOptions {
  readonly logger: Logger;
  /** Between two looks at the file, in ms. Default 1,000. */
  readonly reloadEveryMs?: number;
}

const fileBytesMax = 4 * 1_024 * 1_024;

/** Pages are public, so their keys may do what a visitor does and nothing else. */
const browserRoles: readonly Role[] = ['events', 'decisions'];

/** Reads the keys. Error: `CONFIG_INVALID` with every problem, when they cannot be used. */
export async function openKeyring(source: KeysSource, options: KeyringOptions): Promise<Keyring> {
  const { logger, reloadEveryMs = 1_000 } = options;
  const name = 'file' in source ? source.file : 'OFFERLOCK_KEYS';
  const read = () => ('file' in source ? readSmall(source.file) : Promise.resolve(source.text));

  let used: string;
  let keys: Keys;
  let broken: string | null = null;
  try {
    used = await read();
    keys = keysOf(used);
  } catch (error) {
    throw new OfferlockError('CONFIG_INVALID', `${name}: ${(error as Error).message}`, { cause: error });
  }

  const reload = async (): Promise<void> => {
    try {
      const text = await read();
      if (text === used && broken === null) return;
      keys = keysOf(text);
      used = text;
      broken = null;
      logger.info({ file: name, ...countsOf(keys) }, 'the keys are read again');
    } catch (error) {
      const { message } = error as Error;
      if (message === broken) return;
      broken = message;
      logger.error({ file: name, problem: message }, 'the keys cannot be used; those before stay valid');
    }
  };

  let reading: Promise<void> | null = null;
  const timer =
    'file' in source
      ? setInterval(() => {
          reading ??= reload().finally(() => {
            reading = null;
          });
        }, reloadEveryMs).unref()
      : null;

  return {
    find: (key) => keys.find(key),
    knowsOrigin: (origin) => keys.origins.has(origin) || keys.origins.has('*'),
    status: () => ({
      valid: broken === null,
      detail:
        broken === null
          ? 'the keys are valid'
          : `the keys before the last change are used: ${name}: ${broken}`,
      ...countsOf(keys),
    }),
    reload,
    close: () => clearInterval(timer ?? undefined),
  };
}

interface Keys {
  readonly tenants: readonly TenantKeys[];
  readonly origins: ReadonlySet<string>;
  find(key: string): KeyHolder | null;
}

/** Throws an error whose message names the problems. */
function keysOf(text: string): Keys {
  const checked = checkKeysFile(text);
  if (checked.outcome === 'refused') throw new Error(`not valid:\n${describeKeysProblems(checked.problems)}`);

  // Where a search stops early depends on what is stored and what was sent. Neither can be chosen, or guessed from it,
  // once both are hashed with a value that only this process knows.
  const mask = randomBytes(32);
  const masked = (sha256: string): string => createHmac('sha256', mask).update(sha256).digest('base64');
  const servers = new Map<string, KeyHolder>();
  const browsers = new Map<string, KeyHolder>();
  const origins = new Set<string>();
  for (const { tenantId, writeKeys, serverKeys } of checked.tenants) {
    for (const { id, sha256, roles } of serverKeys) {
      servers.set(masked(sha256), { kind: 'server', tenantId, keyId: id, roles });
    }
    for (const writeKey of writeKeys) {
      const own = new Set(writeKey.origins);
      for (const origin of own) origins.add(origin);
      browsers.set(writeKey.key, {
        kind: 'browser',
        tenantId,
        keyId: writeKey.key,
        roles: browserRoles,
        origins: own,
      });
    }
  }
  return {
    tenants: checked.tenants,
    origins,
    find(key) {
      if (!key.startsWith(secretPrefix)) return browsers.get(key) ?? null;
      // A secret that is not as long as ours are could be guessed, whatever its hash in the file.
      return isSecretKey(key) ? (servers.get(masked(sha256Of(key))) ?? null) : null;
    },
  };
}

function countsOf({ tenants }: Keys): { readonly writeKeys: number; readonly serverKeys: number } {
  const count = (of: (tenant: TenantKeys) => readonly unknown[]): number =>
    tenants.reduce((sum, tenant) => sum + of(tenant).length, 0);
  return { writeKeys: count((tenant) => tenant.writeKeys), serverKeys: count((tenant) => tenant.serverKeys) };
}

/** Errors say what a person can do about them. */
async function readSmall(file: string): Promise<string> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`expected a file that can be read (${error.code ?? error.message})`, { cause: error });
  });
  try {
    const { size } = await handle.stat();
    if (size > fileBytesMax) throw new Error(`expected a file of at most ${fileBytesMax} bytes, got ${size}`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
