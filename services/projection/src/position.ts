declare const positionBrand: unique symbol;

/**
 * Who wrote a state, and which event was its last: `<epoch, 12 hex>:<offset, 16 hex>`. Fixed width, so that comparing
 * two positions as text compares epochs first and offsets second, in a Redis script as well as here.
 */
export type Position = string & { readonly [positionBrand]: true };

const epochDigits = 12;
const offsetDigits = 16;
const positionPattern = /^[0-9a-f]{12}:[0-9a-f]{16}$/;

export function positionOf(epoch: number, offset: bigint): Position {
  return `${epoch.toString(16).padStart(epochDigits, '0')}:${offset.toString(16).padStart(offsetDigits, '0')}` as Position;
}

/** The position in `text`, or null if it is none. */
export function parsePosition(text: string): Position | null {
  return positionPattern.test(text) ? (text as Position) : null;
}

export function epochOfPosition(position: Position): number {
  return Number.parseInt(position.slice(0, epochDigits), 16);
}

export function offsetOfPosition(position: Position): bigint {
  return BigInt(`0x${position.slice(epochDigits + 1)}`);
}
