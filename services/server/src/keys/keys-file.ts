import { z } from 'zod';
import { defaultRoles, roles, type Role } from './roles.ts';
import { secretPrefix } from './secret-key.ts';

/** A public key for browsers. */
export interface WriteKey {
  readonly key: string;
  /** Of pages that may use it, as a browser sends them; or `*` alone: of all pages. */
  readonly origins: readonly string[];
}

/** A secret key for servers. The secret itself is nowhere. */
export interface ServerKey {
  /** Names it in logs and limits; once per tenant. */
  readonly id: string;
  /** 64 hex digits in lower case. */
  readonly sha256: string;
  readonly roles: readonly Role[];
}

export interface TenantKeys {
  readonly tenantId: string;
  readonly writeKeys: readonly WriteKey[];
  readonly serverKeys: readonly ServerKey[];
}

export interface KeysProblem {
  /** JSON pointer to the place; empty for the whole document. */
  readonly path: string;
  readonly expected: string;
}

export type CheckedKeys =
  | { readonly outcome: 'accepted'; readonly tenants: readonly TenantKeys[] }
  | { readonly outcome: 'refused'; readonly problems: readonly KeysProblem[] };

const idExpected = '1 to 128 characters of A-Z a-z 0-9 _ . : @ -';
const id = z.string(idExpected).regex(/^[A-Za-z0-9_.:@-]{1,128}$/, idExpected);
const listOf = (type: z.ZodType, max: number, what: string) =>
  z.array(type, `a list of ${what}`).max(max, `at most ${max} ${what}`);

const originExpected = 'an origin as browsers send it, such as https://shop.example, or * for all';
const origin = z.string(originExpected).refine((text) => text === '*' || isOrigin(text), originExpected);

const writeKeyExpected = `16 to 128 characters of A-Z a-z 0-9 _ . -, not beginning with ${secretPrefix}`;
const writeKey: z.ZodType<WriteKey> = z.strictObject(
  {
    key: z.string(writeKeyExpected).regex(/^(?!ok_)[A-Za-z0-9_.-]{16,128}$/, writeKeyExpected),
    origins: z
      .array(origin, 'a list of origins')
      .min(1, 'at least one origin, or "*" for all')
      .max(100, 'at most 100 origins')
      .refine((all) => all.length === 1 || !all.includes('*'), '"*" alone, or origins without it'),
  },
  'an object with key and origins',
);

const hashExpected = 'the SHA-256 of the secret key as 64 hex digits in lower case, never the key itself';
const serverKey: z.ZodType<ServerKey> = z.strictObject(
  {
    id,
    sha256: z.string(hashExpected).regex(/^[0-9a-f]{64}$/, hashExpected),
    roles: z
      .array(z.enum(roles, `one of ${roles.join(', ')}`), 'a list of roles')
      .min(1, 'at least one role')
      .max(roles.length, `at most ${roles.length} roles`)
      .default([...defaultRoles]),
  },
  'an object with id, sha256 and roles',
);

const keysFile = z.strictObject(
  {
    tenants: z
      .array(
        z.strictObject(
          {
            tenantId: id,
            writeKeys: (listOf(writeKey, 100, 'write keys') as z.ZodArray<typeof writeKey>).default([]),
            serverKeys: (listOf(serverKey, 100, 'server keys') as z.ZodArray<typeof serverKey>).default([]),
          },
          'an object with tenantId, writeKeys and serverKeys',
        ),
        'a list of tenants',
      )
      .max(10_000, 'at most 10000 tenants'),
  },
  'an object with tenants',
);

/**
 * Checks the text of a keys file and names every problem. Values are never repeated: somebody may have put a secret
 * where its hash belongs.
 */
export function checkKeysFile(text: string): CheckedKeys {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const place = /position \d+/.exec((error as Error).message)?.[0];
    const expected = place === undefined ? 'JSON' : `JSON; it breaks at ${place}`;
    return { outcome: 'refused', problems: [{ path: '', expected }] };
  }
  const parsed = keysFile.safeParse(value);
  if (!parsed.success) return { outcome: 'refused', problems: parsed.error.issues.flatMap(problemsOf) };
  const problems = repeatsIn(parsed.data.tenants);
  if (problems.length > 0) return { outcome: 'refused', problems };
  return { outcome: 'accepted', tenants: parsed.data.tenants };
}

/** One line per problem, for a person. */
export function describeKeysProblems(problems: readonly KeysProblem[]): string {
  const shown = problems
    .slice(0, problemsShownMax)
    .map(({ path, expected }) => `  ${path || '/'}: expected ${expected}`);
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

const problemsShownMax = 50;

/** A key that two hold would let one act for the other. */
function repeatsIn(tenants: readonly TenantKeys[]): readonly KeysProblem[] {
  const problems: KeysProblem[] = [];
  const places = new Map<string, string>();
  const once = (kind: string, value: string, path: string): void => {
    const name = `${kind} ${value}`;
    const first = places.get(name);
    if (first === undefined) places.set(name, path);
    else problems.push({ path, expected: `another one: it is the same as ${first}` });
  };
  for (const [index, { tenantId, writeKeys, serverKeys }] of tenants.entries()) {
    const at = `/tenants/${index}`;
    once('tenant', tenantId, `${at}/tenantId`);
    for (const [place, { key }] of writeKeys.entries()) once('write', key, `${at}/writeKeys/${place}/key`);
    for (const [place, { id: name, sha256 }] of serverKeys.entries()) {
      once('hash', sha256, `${at}/serverKeys/${place}/sha256`);
      once(`id ${tenantId}`, name, `${at}/serverKeys/${place}/id`);
    }
  }
  return problems;
}

function problemsOf(issue: z.core.$ZodIssue): readonly KeysProblem[] {
  const path = issue.path.map((part) => `/${String(part)}`).join('');
  if (issue.code !== 'unrecognized_keys') return [{ path, expected: issue.message }];
  return issue.keys.map((key) => ({ path: `${path}/${key.slice(0, 64)}`, expected: 'no such field' }));
}

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === 'https:' || url.protocol === 'http:') && url.origin === text;
  } catch {
    return false;
  }
}
