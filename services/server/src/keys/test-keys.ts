import { pino } from 'pino';
import { openKeyring, type Keyring } from './keyring.ts';
import { newSecretKey, sha256Of } from './secret-key.ts';

export const silent = pino({ level: 'silent' });

export const shopOrigin = 'https://shop.acme.example';
export const acmeWrite = 'wk_acme-0123456789';
export const anywhereWrite = 'wk_anywhere-0123456789';
export const acmeSecret = newSecretKey();
export const acmeReports = newSecretKey();
export const otherSecret = newSecretKey();

/** Two tenants with keys of each kind. */
export const twoTenants = {
  tenants: [
    {
      tenantId: 'acme',
      writeKeys: [{ key: acmeWrite, origins: [shopOrigin, 'http://localhost:3000'] }],
      serverKeys: [
        { id: 'backend', sha256: sha256Of(acmeSecret) },
        { id: 'analyst', sha256: sha256Of(acmeReports), roles: ['reports'] },
      ],
    },
    {
      tenantId: 'other',
      writeKeys: [{ key: anywhereWrite, origins: ['*'] }],
      serverKeys: [{ id: 'backend', sha256: sha256Of(otherSecret), roles: ['events', 'admin'] }],
    },
  ],
};

export function keyringOf(file: unknown): Promise<Keyring> {
  return openKeyring({ text: JSON.stringify(file) }, { logger: silent });
}
