import type { Condition } from './action-map.ts';
import { assertNever } from '../assert-never.ts';

/** A condition made ready for many texts. */
export interface Test<Of extends Condition = Condition> {
  readonly condition: Of;
  /** Takes a text in lower case. */
  readonly holds: (lowerCase: string) => boolean;
}

/** Case does not matter; sizes are compared as numbers, and a text that is none fails. */
export function testOf<Of extends Condition>(condition: Of): Test<Of> {
  return { condition, holds: holdsWith(condition) };
}

function holdsWith({ operator, values }: Condition): Test['holds'] {
  const wanted = values.map((value) => value.toLowerCase());
  const numbers = values.map(numberOf);
  switch (operator) {
    case 'containsAll':
      return (text) => wanted.every((value) => text.includes(value));
    case 'containsAny':
      return (text) => wanted.some((value) => text.includes(value));
    case 'notContainsAll':
      return (text) => !wanted.every((value) => text.includes(value));
    case 'notContainsAny':
      return (text) => !wanted.some((value) => text.includes(value));
    case 'equal':
      return (text) => wanted.includes(text);
    case 'notEqual':
      return (text) => !wanted.includes(text);
    case 'startsWith':
      return (text) => wanted.some((value) => text.startsWith(value));
    case 'endsWith':
      return (text) => wanted.some((value) => text.endsWith(value));
    case 'greaterThan':
      return (text) => numbers.some((value) => numberOf(text) > value);
    case 'greaterThanOrEqual':
      return (text) => numbers.some((value) => numberOf(text) >= value);
    case 'lessThan':
      return (text) => numbers.some((value) => numberOf(text) < value);
    case 'lessThanOrEqual':
      return (text) => numbers.some((value) => numberOf(text) <= value);
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
