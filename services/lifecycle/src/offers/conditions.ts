import type { Condition } from './action-map.ts';
import { assertNever } from '../assert-never.ts';

/** Whether a text meets a condition. Case does not matter; sizes are compared as numbers, and a text that is none fails. */
export function holds({ operator, values }: Condition, text: string): boolean {
  const actual = text.toLowerCase();
  switch (operator) {
    case 'containsAll':
      return values.every((value) => actual.includes(value.toLowerCase()));
    case 'containsAny':
      return values.some((value) => actual.includes(value.toLowerCase()));
    case 'notContainsAll':
      return !values.every((value) => actual.includes(value.toLowerCase()));
    case 'notContainsAny':
      return !values.some((value) => actual.includes(value.toLowerCase()));
    case 'equal':
      return values.some((value) => actual === value.toLowerCase());
    case 'notEqual':
      return values.every((value) => actual !== value.toLowerCase());
    case 'startsWith':
      return values.some((value) => actual.startsWith(value.toLowerCase()));
    case 'endsWith':
      return values.some((value) => actual.endsWith(value.toLowerCase()));
    case 'greaterThan':
      return values.some((value) => numberOf(text) > numberOf(value));
    case 'greaterThanOrEqual':
      return values.some((value) => numberOf(text) >= numberOf(value));
    case 'lessThan':
      return values.some((value) => numberOf(text) < numberOf(value));
    case 'lessThanOrEqual':
      return values.some((value) => numberOf(text) <= numberOf(value));
    default:
      return assertNever(operator);
  }
}

/** Whether the operator compares sizes, so that its value must be a number. */
export function comparesSize({ operator }: Condition): boolean {
  return operator.startsWith('greaterThan') || operator.startsWith('lessThan');
}

/** A decimal number, else NaN, which no comparison holds of. */
export function numberOf(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN;
}

/** The condition as a person would say it. */
export function conditionInWords({ operator, values }: Condition): string {
  return `${operator} ${values.map((value) => JSON.stringify(value)).join(', ')}`;
}
