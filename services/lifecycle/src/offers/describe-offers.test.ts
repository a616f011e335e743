import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { checkActionMaps } from './check-action-maps.ts';
import { describeOffers } from './describe-offers.ts';
import { offerGates, offerReasons } from './reasons.ts';
import { actionMapsSchema } from './schema.ts';

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');
const example = await read('../../docs/action-maps.example.json');

test('docs/offers.md is what the data and the prose say; if not, run npm run docs:lifecycle', async () => {
  const prose = await read('../../docs/offers.md');
  expect(await read('../../../../docs/offers.md')).toBe(describeOffers(prose, example));
});

test('a part that nobody knows is a mistake', () => {
  expect(() => describeOffers('{{secrets}}\n', example)).toThrow('nothing is known of {{secrets}}');
});

test('the example is a file that the checker accepts', () => {
  expect(checkActionMaps(JSON.parse(example))).toMatchObject({ outcome: 'accepted' });
});

test('every gate gives a reason', () => {
  const giving = new Set<string>(Object.values(offerReasons).map(({ gate }) => gate));
  expect(offerGates.filter(({ gate }) => !giving.has(gate))).toEqual([]);
});

test('every field of the file has a meaning', () => {
  const fields = Object.values(actionMapsSchema.$defs ?? {}).flatMap(({ properties }) =>
    Object.entries(properties ?? {}),
  );
  expect(fields.filter(([, { description }]) => description === undefined)).toEqual([]);
});
