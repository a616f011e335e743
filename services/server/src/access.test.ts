import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseVariables } from '@offerlock/config';
import { accessOf, httpVariables } from './access.ts';
import { silent, twoTenants } from './keys/test-keys.ts';

const table = httpVariables('8081');
const access = (environment: Readonly<Record<string, string>>) =>
  accessOf(parseVariables(table, environment), silent);
const keys = JSON.stringify(twoTenants);

test('on this machine only, no key is asked for and nothing is limited', async () => {
  expect(parseVariables(table, {})).toMatchObject({
    OFFERLOCK_HTTP_HOST: '127.0.0.1',
    OFFERLOCK_HTTP_PORT: 8081,
  });
  const unlimited = { perAddress: 0, perKey: 0 };
  for (const OFFERLOCK_HTTP_HOST of ['127.0.0.1', '::1', 'localhost']) {
    expect(await access({ OFFERLOCK_HTTP_HOST })).toEqual({
      keyring: null,
      limits: unlimited,
      trustProxy: [],
    });
  }
});

test('where other machines reach it, a service without keys does not start unless that is meant', async () => {
  for (const OFFERLOCK_HTTP_HOST of ['0.0.0.0', '::', '10.1.2.3', 'offers.example']) {
    await expect(access({ OFFERLOCK_HTTP_HOST })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /^OFFERLOCK_HTTP_HOST: other machines reach .*OFFERLOCK_KEYS_FILE.*OFFERLOCK_OPEN=true/,
      ),
    });
    expect(await access({ OFFERLOCK_HTTP_HOST, OFFERLOCK_OPEN: 'true' })).toMatchObject({
      keyring: null,
      limits: { perAddress: 1_200, perKey: 600_000 },
    });
  }
});

test('keys come from the environment or from a file, not from both', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offerlock-access-'));
  try {
    const file = join(folder, 'keys.json');
    await writeFile(file, keys);
    for (const given of [{ OFFERLOCK_KEYS: keys }, { OFFERLOCK_KEYS_FILE: file }]) {
      const { keyring, limits } = await access({ ...given, OFFERLOCK_LIMIT_PER_ADDRESS: '7' });
      expect(keyring?.status()).toMatchObject({ valid: true, writeKeys: 2, serverKeys: 3 });
      expect(limits).toEqual({ perAddress: 7, perKey: 600_000 });
      keyring?.close();
    }
    const both = access({ OFFERLOCK_KEYS: keys, OFFERLOCK_KEYS_FILE: file });
    await expect(both).rejects.toThrow('OFFERLOCK_KEYS_FILE, OFFERLOCK_KEYS: expected only one of them');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each(['10.0.0.300', '10.0.0.0/33', 'fd00::/129', 'proxy.example', '2'])(
  '%j is no proxy that could be trusted',
  (proxy) => {
    expect(() => parseVariables(table, { OFFERLOCK_TRUST_PROXY: `127.0.0.1,${proxy}` })).toThrow(
      'OFFERLOCK_TRUST_PROXY: expected addresses such as 10.0.0.7 or networks such as 10.0.0.0/8',
    );
  },
);

test('a broken text of keys is never shown', () => {
  const broken = access({ OFFERLOCK_KEYS: '{"tenants": secret' });
  return expect(broken).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
});
