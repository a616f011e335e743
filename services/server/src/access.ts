import { isIP } from 'node:net';
import { flag, list, pattern, port, secret, text, variables, type Values } from '@offerlock/config';
import { OfferlockError } from '@offerlock/lifecycle';
import type { Logger } from 'pino';
import type { AuthenticateOptions } from './keys/authenticate.ts';
import { isLoopback } from './guard.ts';
import { openKeyring } from './keys/keyring.ts';

/** Where a service is reached, and by whom: the same for all services, but for the port. */
export function httpVariables(defaultPort: string) {
  return variables({
    OFFERLOCK_HTTP_HOST: {
      help: 'Address to bind. One that other machines reach needs keys.',
      value: text(),
      default: '127.0.0.1',
    },
    OFFERLOCK_HTTP_PORT: {
      help: 'Port of the same; 0 lets the system choose.',
      value: port(),
      default: defaultPort,
    },
    OFFERLOCK_HTTP_ALLOWED_HOSTS: {
      help: 'Names under which clients ask for it, separated by commas, for example behind a proxy. Bound to this machine only, it answers to localhost and these; else to any name unless this is set.',
      value: list(/^[A-Za-z0-9._-]+$|^\[[0-9a-fA-F:]+\]$/, 'host names without port'),
      optional: true,
    },
    OFFERLOCK_KEYS_FILE: {
      help: 'JSON file of the keys that are asked for, as `offerlock keys new` prints it; read again when it changes. Without keys nobody is asked for one.',
      value: text(),
      optional: true,
    },
    OFFERLOCK_KEYS: { help: 'The same JSON, instead of a file.', value: secret(), optional: true },
    OFFERLOCK_OPEN: {
      help: 'Ask for no key although other machines reach it: whoever does may do everything.',
      value: flag(),
      default: 'false',
    },
    OFFERLOCK_LIMIT_PER_ADDRESS: {
      help: 'Requests per minute from one client address without a secret key; 0 is no limit. Without keys, and bound to this machine only, there is none.',
      value: count(),
      default: '1200',
    },
    OFFERLOCK_LIMIT_PER_KEY: {
      help: 'Requests per minute with one key; 0 is no limit.',
      value: count(),
      default: '600000',
    },
    OFFERLOCK_TRUST_PROXY: {
      help: 'Addresses or networks of proxies before it, separated by commas: what they say of the client’s address and of the host is believed.',
      value: list(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, expectedProxies).refine(
        (proxies) => proxies.every(isNetwork),
        `expected ${expectedProxies}`,
      ),
      optional: true,
    },
  });
}

const count = () => pattern(/^\d{1,9}$/, 'a whole number from 0').transform(Number);

const expectedProxies = 'addresses such as 10.0.0.7 or networks such as 10.0.0.0/8';

export type HttpValues = Values<ReturnType<typeof httpVariables>>;

/** Who may ask a service, and how often. */
export interface Access extends AuthenticateOptions {
  /** Addresses and networks of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustProxy: readonly string[];
}

/** Everybody who reaches the service may ask, as often as they like. For tests, and for what only this machine reaches. */
export const openAccess: Access = { keyring: null, limits: { perAddress: 0, perKey: 0 }, trustProxy: [] };

/**
 * Reads the keys. Whoever calls it closes the keyring. Error: `CONFIG_INVALID`, also when other machines would reach a
 * service without keys and nobody has said that this is meant.
 */
export async function accessOf(values: HttpValues, logger: Logger): Promise<Access> {
  const { OFFERLOCK_HTTP_HOST: host, OFFERLOCK_KEYS_FILE: file, OFFERLOCK_KEYS: keys } = values;
  const trustProxy = values.OFFERLOCK_TRUST_PROXY ?? [];
  const limits = { perAddress: values.OFFERLOCK_LIMIT_PER_ADDRESS, perKey: values.OFFERLOCK_LIMIT_PER_KEY };
  if (file !== undefined && keys !== undefined) {
    throw new OfferlockError(
      'CONFIG_INVALID',
      'OFFERLOCK_KEYS_FILE, OFFERLOCK_KEYS: expected only one of them',
    );
  }
  if (file !== undefined || keys !== undefined) {
    const source = file === undefined ? { text: keys ?? '' } : { file };
    return { keyring: await openKeyring(source, { logger }), limits, trustProxy };
  }
  if (isLoopback(host)) return { ...openAccess, trustProxy };
  if (values.OFFERLOCK_OPEN) return { keyring: null, limits, trustProxy };
  throw new OfferlockError(
    'CONFIG_INVALID',
    `OFFERLOCK_HTTP_HOST: other machines reach ${host}, and no key is asked for: make keys with \`offerlock keys new\` and ` +
      'name their file in OFFERLOCK_KEYS_FILE, or set OFFERLOCK_OPEN=true if whoever reaches it may do everything',
  );
}

function isNetwork(proxy: string): boolean {
  const [address = '', bits] = proxy.split('/');
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}
