import { expect, test } from '@jest/globals';
import { conditionOperators, type ConditionOperator } from './action-map.ts';
import { comparesSize, testOf } from './conditions.ts';

type Row = readonly [operator: ConditionOperator, values: readonly string[], text: string, expected: boolean];

const table: readonly Row[] = [
  ['containsAll', ['/shop', 'SALE'], '/Shop/sale', true],
  ['containsAll', ['/shop', 'sale'], '/shop', false],
  ['containsAny', ['/shop', 'sale'], '/shop', true],
  ['containsAny', ['/shop', 'sale'], '/blog', false],
  ['notContainsAll', ['/shop', 'sale'], '/shop', true],
  ['notContainsAll', ['/shop', 'sale'], '/shop/sale', false],
  ['notContainsAny', ['/shop', 'sale'], '/blog', true],
  ['notContainsAny', ['/shop', 'sale'], '/shop', false],
  ['equal', ['a', 'B'], 'b', true],
  ['equal', ['a', 'b'], 'ab', false],
  ['notEqual', ['a', 'b'], 'c', true],
  ['notEqual', ['a', 'b'], 'A', false],
  ['startsWith', ['https://', 'http://'], 'HTTP://a', true],
  ['startsWith', ['https://'], 'a https://', false],
  ['endsWith', ['.html', '.htm'], 'a.HTM', true],
  ['endsWith', ['.html'], 'a.htm', false],
  ['greaterThan', ['9'], '10', true],
  ['greaterThan', ['10'], '10.0', false],
  ['greaterThan', ['9'], 'ten', false],
  ['greaterThan', ['9'], '', false],
  ['greaterThan', ['9'], '0x10', false],
  ['greaterThanOrEqual', ['10'], '10.0', true],
  ['greaterThanOrEqual', ['10'], '9.99', false],
  ['lessThan', ['10'], '-1e1', true],
  ['lessThan', ['10'], '10', false],
  ['lessThan', ['10'], '', false],
  ['lessThanOrEqual', ['10'], ' 10 ', true],
  ['lessThanOrEqual', ['10'], '10.01', false],
];

test.each(table)('%s %j, given %j: %s', (operator, values, text, expected) => {
  expect(testOf({ operator, values }).holds(text.toLowerCase())).toBe(expected);
});

test('every operator is in the table, once true and once false', () => {
  for (const operator of conditionOperators) {
    const answers = table.filter(([named]) => named === operator).map(([, , , expected]) => expected);
    expect(new Set(answers)).toEqual(new Set([true, false]));
  }
});

test('the operators that compare sizes are the ones that compare sizes', () => {
  expect(conditionOperators.filter((operator) => comparesSize({ operator, values: [] }))).toEqual([
    'greaterThan',
    'greaterThanOrEqual',
    'lessThan',
    'lessThanOrEqual',
  ]);
});
