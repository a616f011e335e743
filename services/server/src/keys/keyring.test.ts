import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { OfferlockError } from '@offerlock/lifecycle';
import { pino } from 'pino';
import { keyMetricsOf } from './key-metrics.ts';
import { openKeyring, type Keyring } from './keyring.ts';
import { newSecretKey, sha256Of } from './secret-key.ts';
import {
  acmeReports,
  acmeSecret,
  acmeWrite,
  keyringOf,
  otherSecret,
  shopOrigin,
  twoTenants,
} from './test-keys.ts';

const folders: string[] = [];
const keyrings: Keyring[] = [];

afterEach(async () => {
  for (const keyring of keyrings.splice(0)) keyring.close();
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

test('a key is found with its tenant and what it may do', async () => {
  const keyring = await keyringOf(twoTenants);
  expect(keyring.find(acmeSecret)).toEqual({
    kind: 'server',
    tenantId: 'acme',
    keyId: 'backend',
    roles: ['events', 'decisions'],
  });
  expect(keyring.find(acmeReports)).toMatchObject({ tenantId: 'acme', keyId: 'analyst', roles: ['reports'] });
  expect(keyring.find(otherSecret)).toMatchObject({ tenantId: 'other', keyId: 'backend' });
  expect(keyring.find(acmeWrite)).toMatchObject({ kind: 'browser', tenantId: 'acme', keyId: acmeWrite });
  expect(keyring.knowsOrigin(shopOrigin)).toBe(true);
  expect(keyring.status()).toEqual({
    valid: true,
    detail: 'the keys are valid',
    writeKeys: 2,
    serverKeys: 3,
  });
});

test.each([
  '',
  'ok_',
  '__proto__',
  'constructor',
  sha256Of(acmeSecret),
  acmeSecret.slice(0, -1),
  `${acmeSecret}A`,
  acmeSecret.toLowerCase(),
  ` ${acmeSecret}`,
  acmeWrite.toUpperCase(),
])('%j is nobody’s key', async (key) => {
  const keyring = await keyringOf(twoTenants);
  expect(keyring.find(key)).toBeNull();
});

test('a secret that could be guessed is no key, even if its hash is there', async () => {
  const keyring = await keyringOf({
    tenants: [{ tenantId: 'acme', serverKeys: [{ id: 'weak', sha256: sha256Of('ok_1234') }] }],
  });
  expect(keyring.find('ok_1234')).toBeNull();
});

test('an origin is known only if it is written down, unless a key is for all pages', async () => {
  const [acme, other] = twoTenants.tenants;
  const strict = await keyringOf({ tenants: [acme] });
  expect(strict.knowsOrigin(shopOrigin)).toBe(true);
  expect(strict.knowsOrigin('https://evil.example')).toBe(false);
  const open = await keyringOf({ tenants: [other] });
  expect(open.knowsOrigin('https://evil.example')).toBe(true);
});

test('keys that cannot be used at the start end the boot, and every problem is told', async () => {
  const opening = openKeyring(
    { text: '{"tenants":[{"tenantId":""},{"tenantId":"/"}]}' },
    { logger: pino({ level: 'silent' }) },
  );
  const error: unknown = await opening.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OfferlockError);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  expect((error as Error).message).toMatch(
    /OFFERLOCK_KEYS: not valid:\n.*\/tenants\/0\/tenantId.*\n.*\/tenants\/1\/tenantId/,
  );

  const missing = openKeyring({ file: '/nowhere/keys.json' }, { logger: pino({ level: 'silent' }) });
  await expect(missing).rejects.toThrow('/nowhere/keys.json: expected a file that can be read (ENOENT)');
});

test('when the file changes, its new keys are valid and its old ones are not', async () => {
  const { keyring, put, told } = await createKeyringFile(twoTenants);
  const secret = newSecretKey();
  await put({ tenants: [{ tenantId: 'new', serverKeys: [{ id: 'first', sha256: sha256Of(secret) }] }] });
  await keyring.reload();

  expect(keyring.find(secret)).toMatchObject({ tenantId: 'new' });
  expect(keyring.find(acmeSecret)).toBeNull();
  expect(keyring.knowsOrigin(shopOrigin)).toBe(false);
  expect(told()).toEqual(['info the keys are read again']);
  await keyring.reload();
  expect(told()).toHaveLength(1);
});

test('a file that breaks leaves the keys as they are, is told once, and is noticed when it is well again', async () => {
  const { keyring, put, told, remove, logged } = await createKeyringFile(twoTenants);
  await put(`{"tenants": [{"tenantId": "acme", "serverKeys": [{"id": "x", "sha256": "${acmeSecret}"}]}]}`);
  await keyring.reload();
  await keyring.reload();

  expect(keyring.find(acmeSecret)).toMatchObject({ tenantId: 'acme' });
  expect(told()).toEqual(['error the keys cannot be used; those before stay valid']);
  expect(logged()).toContain('/tenants/0/serverKeys/0/sha256');
  expect(logged()).not.toContain(acmeSecret);
  expect(keyring.status()).toMatchObject({ valid: false, serverKeys: 3 });
  expect(await keyMetricsOf(keyring).metrics()).toContain('offerlock_keys_valid 0');

  await remove();
  await keyring.reload();
  expect(keyring.find(acmeSecret)).toMatchObject({ tenantId: 'acme' });
  expect(keyring.status().detail).toContain('ENOENT');

  await put(twoTenants);
  await keyring.reload();
  expect(keyring.status()).toMatchObject({ valid: true });
  expect(told().at(-1)).toBe('info the keys are read again');
  const metrics = await keyMetricsOf(keyring).metrics();
  expect(metrics).toContain('offerlock_keys_valid 1');
  expect(metrics).toContain('offerlock_keys{kind="server"} 3');
});

test('a file that is too large is not read', async () => {
  const { keyring, put } = await createKeyringFile(twoTenants);
  await put(' '.repeat(4 * 1_024 * 1_024 + 1));
  await keyring.reload();
  expect(keyring.status().detail).toContain('expected a file of at most 4194304 bytes');
});

test('a change is found without being asked for', async () => {
  const { keyring, put } = await createKeyringFile(twoTenants, 5);
  await put({ tenants: [] });
  await expect(
    waitFor(() => keyring.find(acmeSecret) === null && keyring.status().valid),
  ).resolves.toBeUndefined();
});

async function createKeyringFile(content: unknown, reloadEveryMs = 3_600_000) {
  const folder = await mkdtemp(join(tmpdir(), 'offerlock-keys-'));
  folders.push(folder);
  const file = join(folder, 'keys.json');
  const lines: string[] = [];
  const put = async (next: unknown): Promise<void> => {
    const beside = join(folder, 'next.json');
    await writeFile(beside, typeof next === 'string' ? next : JSON.stringify(next));
    await rename(beside, file);
  };
  await put(content);
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const keyring = await openKeyring({ file }, { logger, reloadEveryMs });
  keyrings.push(keyring);
  return {
    keyring,
    put,
    remove: () => unlink(file),
    logged: () => lines.join(''),
    told: () =>
      lines.map((line) => {
        const { level, msg } = JSON.parse(line) as { readonly level: number; readonly msg: string };
        return `${pino.levels.labels[level]} ${msg}`;
      }),
  };
}

async function waitFor(fact: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!fact()) {
    if (Date.now() > end) throw new Error('it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
