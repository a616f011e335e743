import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openAccess } from '../access.ts';
import { createTestApp } from '../testing/test-app.ts';
import { clientOf } from '../testing/test-client.ts';
import { callerOf, tenantOf } from './caller.ts';
import { openKeyring } from './keyring.ts';
import type { TenantKeys } from './keys-file.ts';
import { roles, type Role } from './roles.ts';
import { newSecretKey, newWriteKey, sha256Of } from './secret-key.ts';
import { keyringOf, silent } from './test-keys.ts';

// A failing law prints its seed and path; `fc.assert(..., { seed, path })` runs that case again.

interface Issued {
  readonly tenantId: string;
  readonly key: string;
  readonly roles: readonly Role[];
}

const origins = ['https://a.example', 'https://b.example', '*'] as const;

/** Tenants with some keys each, and who was given what. */
const installation = fc
  .uniqueArray(
    fc.record({
      tenantId: fc.stringMatching(/^[A-Za-z0-9_.:@-]{1,12}$/),
      writeKeys: fc.array(fc.constantFrom(...origins), { maxLength: 3 }),
      serverKeys: fc.array(fc.subarray([...roles], { minLength: 1 }), { maxLength: 3 }),
    }),
    { maxLength: 6, selector: ({ tenantId }) => tenantId },
  )
  .map((wanted) => {
    const issued: Issued[] = [];
    const issue = (tenantId: string, key: string, own: readonly Role[]): string => {
      issued.push({ tenantId, key, roles: own });
      return key;
    };
    const tenants: readonly TenantKeys[] = wanted.map(({ tenantId, writeKeys, serverKeys }) => ({
      tenantId,
      writeKeys: writeKeys.map((origin) => ({
        key: issue(tenantId, newWriteKey(), ['events', 'decisions']),
        origins: [origin],
      })),
      serverKeys: serverKeys.map((own, index) => ({
        id: `key-${index}`,
        sha256: sha256Of(issue(tenantId, newSecretKey(), own)),
        roles: own,
      })),
    }));
    return { tenants, issued };
  });

test('a key acts for the tenant that it was given to, with the roles it was given, and nothing else is a key', async () => {
  await fc.assert(
    fc.asyncProperty(installation, fc.string(), async ({ tenants, issued }, guess) => {
      const keyring = await keyringOf({ tenants });
      for (const { tenantId, key, roles: own } of issued) {
        expect(keyring.find(key)).toMatchObject({ tenantId, roles: own });
      }
      const hashes = tenants.flatMap(({ serverKeys }) => serverKeys.map(({ sha256 }) => sha256));
      const altered = issued.map(({ key }) => key.slice(0, -2) + (key.endsWith('00') ? '11' : '00'));
      for (const wrong of [guess, ...hashes, ...altered]) expect(keyring.find(wrong)).toBeNull();
    }),
  );
});

const file = (tenantIds: readonly string[]) => ({
  tenants: tenantIds.map((tenantId) => ({
    tenantId,
    serverKeys: [{ id: 'own', sha256: sha256Of(secrets.get(tenantId) ?? '') }],
  })),
});
const secrets = new Map(['acme', 'Acme', 'default', '__proto__'].map((id) => [id, newSecretKey()]));
let http: Awaited<ReturnType<typeof createTestApp>>;
let request: Awaited<ReturnType<typeof clientOf>>;

beforeAll(async () => {
  const keyring = await openKeyring({ text: JSON.stringify(file([...secrets.keys()])) }, { logger: silent });
  http = await createTestApp(
    async (behind) => {
      behind.post<{ Body: { named?: string | null } }>('/act', (asked) => ({
        as: callerOf(asked).tenantId,
        for: tenantOf(asked, asked.body.named),
      }));
    },
    { access: { ...openAccess, keyring } },
  );
  request = await clientOf(http);
});

afterAll(async () => {
  await http.close();
});

test('whatever a request names, it acts for the tenant of its key or for none', async () => {
  const ids = [...secrets.keys()];
  const named = fc.oneof(fc.constantFrom(...ids, '', 'acme ', undefined, null), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ids), named, fc.string(), async (tenantId, name, junk) => {
      const answer = await request(
        `/act?${new URLSearchParams({ tenantId: junk, named: junk }).toString()}`,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-offerlock-key': secrets.get(tenantId) ?? '',
            'x-tenant-id': 'default',
          },
          body: JSON.stringify({ named: name }),
        },
      );
      const own = name === undefined || name === null || name === tenantId;
      expect(answer.status).toBe(own ? 200 : 403);
      expect(answer.json()).toMatchObject(
        own ? { as: tenantId, for: tenantId } : { code: 'TENANT_MISMATCH' },
      );
    }),
  );
});
