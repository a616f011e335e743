/** Marks the end of a switch over a union. The library's own cannot be had here: a browser finds no packages. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
