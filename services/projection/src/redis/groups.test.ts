import { expect, test } from '@jest/globals';
import { groupOffers } from './groups.ts';

const keysOf = (...customers: readonly string[]) =>
  customers.map((customer, index) => ({ customer, actionMapId: `map-${index}` }));

test('a group holds at most as many offers as allowed', () => {
  expect(groupOffers(keysOf('a', 'b', 'c', 'd', 'e'), 2)).toEqual([[0, 1], [2, 3], [4]]);
});

test('offers of one customer stay together, wherever they stand and however many they are', () => {
  expect(groupOffers(keysOf('a', 'b', 'a', 'c', 'a'), 2)).toEqual([
    [0, 2, 4],
    [1, 3],
  ]);
});

test('with one offer allowed each customer is a group', () => {
  expect(groupOffers(keysOf('a', 'b', 'a'), 1)).toEqual([[0, 2], [1]]);
});

test('no offers make no group', () => {
  expect(groupOffers([], 2)).toEqual([]);
});
