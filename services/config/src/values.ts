import { z } from 'zod';

/*
 * Kinds of value that an environment variable can hold. Each says in its error what was expected. Defaults are given
 * as the text a person would write.
 */

export const text = () => z.string().min(1, 'expected a text that is not empty');

/** Never printed: neither by `--help` nor in an error. */
export const secret = () => text().meta({ secret: true });

export const flag = () =>
  z.enum(['true', 'false'], { error: 'expected true or false' }).transform((value) => value === 'true');

export const oneOf = <const Choice extends string>(...choices: readonly [Choice, ...Choice[]]) =>
  z.enum(choices, { error: `expected one of ${choices.join(', ')}` });

const wholeNumber = (expected: string, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);

export const positiveInteger = (max = Number.MAX_SAFE_INTEGER) =>
  wholeNumber(
    max === Number.MAX_SAFE_INTEGER
      ? 'expected a whole number from 1'
      : `expected a whole number from 1 to ${max}`,
    1,
    max,
  );

/** A duration; 0 is allowed. */
export const milliseconds = () => wholeNumber('expected a whole number of milliseconds', 0, 10 ** 14);

/** A TCP port; 0 lets the system choose. */
export const port = () => wholeNumber('expected a port from 0 to 65535', 0, 65_535);

/** Credentials have variables of their own, which are kept secret. */
export const httpUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .refine((url) => !/^https?:\/\/[^/]*@/.test(url), 'expected a URL without credentials')
    .meta({ secret: true });

/** A text that matches `shape`; may be empty only if the shape allows it. */
export const pattern = (shape: RegExp, expected: string) => z.string().regex(shape, `expected ${expected}`);

/** Comma-separated, at least one entry, each matching `entry`. */
export const list = (entry: RegExp, expected: string) =>
  z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine((parts) => parts.every((part) => entry.test(part)), `expected ${expected}`);
