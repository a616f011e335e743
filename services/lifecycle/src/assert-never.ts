/** Marks the end of a switch over a union: a new member does not compile until it has a meaning. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
