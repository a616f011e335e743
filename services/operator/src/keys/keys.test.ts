import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkKeysFile, sha256Of } from '@offerlock/server';
import { createTestInstallation } from '../test-installation.ts';

let folder: string;
const { offerlock } = createTestInstallation();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offerlock-keys-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('a new server key is shown once, and what is printed is a file in which it is valid', async () => {
  const { exitCode, stdout, stderr } = await offerlock(
    'keys new --tenant acme --roles reports,admin --id back-office',
  );
  expect(exitCode).toBe(0);
  const secret = /ok_[A-Za-z0-9_-]{43}/.exec(stderr)?.[0] ?? '';
  expect(stdout).not.toContain(secret);

  expect(checkKeysFile(stdout)).toEqual({
    outcome: 'accepted',
    tenants: [
      {
        tenantId: 'acme',
        writeKeys: [],
        serverKeys: [{ id: 'back-office', sha256: sha256Of(secret), roles: ['reports', 'admin'] }],
      },
    ],
  });
  const again = await offerlock('keys new --tenant acme');
  expect(again.stdout).toMatch(/"id": "key-[0-9a-f]{8}"/);
  expect(again.stderr).not.toContain(secret);
});

test('with origins it is a public key for their pages', async () => {
  const { stdout, stderr } = await offerlock(
    'keys new --tenant acme --origin https://shop.acme.example --origin http://localhost:3000',
  );
  expect(JSON.parse(stdout)).toEqual({
    tenants: [
      {
        tenantId: 'acme',
        writeKeys: [
          {
            key: expect.stringMatching(/^wk_[A-Za-z0-9_-]{20}$/),
            origins: ['https://shop.acme.example', 'http://localhost:3000'],
          },
        ],
      },
    ],
  });
  expect(stderr).not.toContain('ok_');
});

test.each([
  ['keys new', "required option '--tenant <id>' not specified"],
  ['keys new --tenant a/b', '/tenants/0/tenantId: expected 1 to 128 characters'],
  ['keys new --tenant acme --origin shop.example', '/tenants/0/writeKeys/0/origins/0: expected an origin'],
  ['keys new --tenant acme --roles root', 'Expected some of events, decisions, reports, admin.'],
  ['keys new --tenant acme --origin * --roles admin', '--origin makes a write key'],
])('%s is refused', async (commandLine, message) => {
  const { exitCode, stdout, stderr } = await offerlock(commandLine);
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(message);
});

test('a file is checked: its keys are listed, or all of its problems', async () => {
  const file = join(folder, 'keys.json');
  await writeFile(file, (await offerlock('keys new --tenant acme --id shop')).stdout);
  const good = await offerlock(`keys check ${file}`);
  expect(good.exitCode).toBe(0);
  expect(good.stdout).toMatch(/acme +│ servers +│ shop +│ events, decisions/);
  expect(good.stderr).toBe(`${file} is valid: 1 key.`);

  await writeFile(file, '{"tenants":[{"tenantId":""},{"tenantId":"a","writeKeys":[{"key":"k"}]}]}');
  const bad = await offerlock(`keys check ${file}`);
  expect(bad.exitCode).toBe(1);
  expect(bad.stderr.split('\n')).toEqual([
    `${file} is not valid:`,
    '  /tenants/0/tenantId: expected 1 to 128 characters of A-Z a-z 0-9 _ . : @ -',
    expect.stringContaining('  /tenants/1/writeKeys/0/key: expected 16 to 128 characters'),
    '  /tenants/1/writeKeys/0/origins: expected a list of origins',
  ]);

  const missing = await offerlock(`keys check ${join(folder, 'none.json')}`);
  expect(missing.exitCode).toBe(2);
  expect(missing.stderr).toContain('none.json: cannot be read');
});
