import { expect, test } from '@jest/globals';
import { checkKeysFile, describeKeysProblems } from './keys-file.ts';
import { newSecretKey, sha256Of } from './secret-key.ts';

const hash = sha256Of('a');
const writeKey = { key: 'wk_0123456789abcdef', origins: ['https://shop.example'] };
const serverKey = { id: 'backend', sha256: hash };
const tenant = { tenantId: 'acme', writeKeys: [writeKey], serverKeys: [serverKey] };

function check(value: unknown) {
  return checkKeysFile(JSON.stringify(value));
}

test('lists may be left out, and a server key may report and decide unless it says otherwise', () => {
  expect(check({ tenants: [{ tenantId: 'a' }, { tenantId: 'b', serverKeys: [serverKey] }] })).toEqual({
    outcome: 'accepted',
    tenants: [
      { tenantId: 'a', writeKeys: [], serverKeys: [] },
      { tenantId: 'b', writeKeys: [], serverKeys: [{ ...serverKey, roles: ['events', 'decisions'] }] },
    ],
  });
  expect(check({ tenants: [] })).toEqual({ outcome: 'accepted', tenants: [] });
});

const originExpected = 'an origin as browsers send it, such as https://shop.example, or * for all';
const hashExpected = 'the SHA-256 of the secret key as 64 hex digits in lower case, never the key itself';
const keyExpected = '16 to 128 characters of A-Z a-z 0-9 _ . -, not beginning with ok_';
const withOrigins = (...origins: unknown[]) => ({
  tenants: [{ ...tenant, writeKeys: [{ ...writeKey, origins }] }],
});
const withServerKey = (fields: object) => ({
  tenants: [{ ...tenant, serverKeys: [{ ...serverKey, ...fields }] }],
});

test.each<[title: string, value: unknown, path: string, expected: string]>([
  ['null', null, '', 'an object with tenants'],
  ['no tenants', {}, '/tenants', 'a list of tenants'],
  ['a field nobody knows', { tenants: [], tenant: [] }, '/tenant', 'no such field'],
  [
    'a tenant without id',
    { tenants: [{}] },
    '/tenants/0/tenantId',
    '1 to 128 characters of A-Z a-z 0-9 _ . : @ -',
  ],
  ['a misspelt list', { tenants: [{ ...tenant, writekeys: [] }] }, '/tenants/0/writekeys', 'no such field'],
  ['no origins', withOrigins(), '/tenants/0/writeKeys/0/origins', 'at least one origin, or "*" for all'],
  [
    'an origin with a path',
    withOrigins('https://a.example/'),
    '/tenants/0/writeKeys/0/origins/0',
    originExpected,
  ],
  [
    'an origin in capitals',
    withOrigins('https://A.example'),
    '/tenants/0/writeKeys/0/origins/0',
    originExpected,
  ],
  [
    'a port that browsers leave out',
    withOrigins('https://a.example:443'),
    '/tenants/0/writeKeys/0/origins/0',
    originExpected,
  ],
  ['the origin null', withOrigins('null'), '/tenants/0/writeKeys/0/origins/0', originExpected],
  [
    'a scheme that is not of the web',
    withOrigins('file:///'),
    '/tenants/0/writeKeys/0/origins/0',
    originExpected,
  ],
  [
    'all and one',
    withOrigins('*', 'https://a.example'),
    '/tenants/0/writeKeys/0/origins',
    '"*" alone, or origins without it',
  ],
  [
    'a short write key',
    { tenants: [{ ...tenant, writeKeys: [{ ...writeKey, key: 'wk_1' }] }] },
    '/tenants/0/writeKeys/0/key',
    keyExpected,
  ],
  [
    'a secret as write key',
    { tenants: [{ ...tenant, writeKeys: [{ ...writeKey, key: newSecretKey() }] }] },
    '/tenants/0/writeKeys/0/key',
    keyExpected,
  ],
  [
    'a secret as hash',
    withServerKey({ sha256: newSecretKey() }),
    '/tenants/0/serverKeys/0/sha256',
    hashExpected,
  ],
  [
    'a hash in capitals',
    withServerKey({ sha256: hash.toUpperCase() }),
    '/tenants/0/serverKeys/0/sha256',
    hashExpected,
  ],
  [
    'an unknown role',
    withServerKey({ roles: ['root'] }),
    '/tenants/0/serverKeys/0/roles/0',
    'one of events, decisions, reports, admin',
  ],
  ['no role', withServerKey({ roles: [] }), '/tenants/0/serverKeys/0/roles', 'at least one role'],
  ['the key in clear', withServerKey({ secret: 'x' }), '/tenants/0/serverKeys/0/secret', 'no such field'],
])('%s is refused, with place and what was expected', (_title, value, path, expected) => {
  expect(check(value)).toEqual({ outcome: 'refused', problems: [{ path, expected }] });
});

const same = (first: string) => `another one: it is the same as ${first}`;

test('what two hold in common is named at its second place', () => {
  const twice = check({
    tenants: [tenant, { ...tenant, tenantId: 'other' }, { tenantId: 'acme', writeKeys: [], serverKeys: [] }],
  });
  expect(twice).toEqual({
    outcome: 'refused',
    problems: [
      { path: '/tenants/1/writeKeys/0/key', expected: same('/tenants/0/writeKeys/0/key') },
      { path: '/tenants/1/serverKeys/0/sha256', expected: same('/tenants/0/serverKeys/0/sha256') },
      { path: '/tenants/2/tenantId', expected: same('/tenants/0/tenantId') },
    ],
  });
  const ids = withServerKey({});
  ids.tenants[0]?.serverKeys.push({ ...serverKey, sha256: sha256Of('b') });
  expect(check(ids)).toEqual({
    outcome: 'refused',
    problems: [{ path: '/tenants/0/serverKeys/1/id', expected: same('/tenants/0/serverKeys/0/id') }],
  });
});

test('text that is no JSON is told by its place, without repeating it', () => {
  const secret = newSecretKey();
  for (const text of ['', '{"tenants":', `{"tenants":[${secret}]}`, secret]) {
    const checked = checkKeysFile(text);
    expect(checked).toMatchObject({ outcome: 'refused', problems: [{ path: '' }] });
    expect(JSON.stringify(checked)).not.toContain(secret.slice(0, 8));
  }
});

test('all problems are told at once, and no more than can be read', () => {
  const checked = check({ tenants: Array.from({ length: 60 }, () => ({ tenantId: '' })) });
  if (checked.outcome !== 'refused') throw new Error('it was accepted');
  const lines = describeKeysProblems(checked.problems).split('\n');
  expect(lines).toHaveLength(51);
  expect(lines[0]).toBe('  /tenants/0/tenantId: expected 1 to 128 characters of A-Z a-z 0-9 _ . : @ -');
  expect(lines.at(-1)).toBe('  and 10 more');
});
