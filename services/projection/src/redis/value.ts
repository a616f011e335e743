import { OfferlockError } from '@offerlock/lifecycle';
import type { OfferBefore, ProjectedOffer, StoredOffer } from '../ports.ts';
import { parsePosition, type Position } from '../position.ts';

/*
 * A value is `<position> <json>`: the JSON of the state with one more member, `before`, at its end. States go in and
 * out as text, because the projector seldom needs both of them parsed. That works by cutting: inside a JSON string a
 * quote is always escaped, so `,"before":` occurs only where the member is, and a state has no other of that name.
 */
const beforeMember = ',"before":';
const beforePattern = /\{"position":"([0-9a-f]{12}:[0-9a-f]{16})","state":/y;
const positionLength = 29;
const jsonStart = positionLength + 1;

/** Version of what `formatValue` writes, noted beside the values. */
export const valueFormat = '1';

/** The value of an offer. `stateJson` is a JSON object with at least one member and none called `before`. */
export function formatValue(position: Position, stateJson: string, before: StoredOffer['before']): string {
  if (before === 'unknown') return `${position} ${stateJson}`;
  const beforeJson =
    before === null ? 'null' : `{"position":"${before.position}","state":${before.stateJson}}`;
  return `${position} ${stateJson.slice(0, -1)}${beforeMember}${beforeJson}}`;
}

/** The offer in a value. Throws `PROJECTION_CORRUPT`, with the place, if we cannot have written it. */
export function parseValue(value: string, redisKey: string, actionMapId: string): StoredOffer {
  const position = parsePosition(value.slice(0, positionLength));
  if (position === null || value[positionLength] !== ' ' || !isObject(value, jsonStart, value.length)) {
    throw corrupt(redisKey, actionMapId);
  }
  const cut = value.indexOf(beforeMember, jsonStart);
  if (cut < 0) return { position, stateJson: value.slice(jsonStart), before: 'unknown' };
  const before = parseBefore(value, cut + beforeMember.length);
  if (before === undefined) throw corrupt(redisKey, actionMapId);
  return { position, stateJson: `${value.slice(jsonStart, cut)}}`, before };
}

/** All offers of a customer's hash, in order of their maps. Throws as `parseValue` does. */
export function offersFromHash(
  fields: readonly (readonly [actionMapId: string, value: string])[],
  redisKey: string,
): readonly ProjectedOffer[] {
  return fields
    .map(([actionMapId, value]) => ({ actionMapId, offer: parseValue(value, redisKey, actionMapId) }))
    .sort((left, right) => (left.actionMapId < right.actionMapId ? -1 : 1));
}

/** What `before` holds from `start` on; undefined if we cannot have written it. */
function parseBefore(value: string, start: number): OfferBefore | null | undefined {
  if (value.startsWith('null', start)) return start + 'null}'.length === value.length ? null : undefined;
  beforePattern.lastIndex = start;
  const match = beforePattern.exec(value);
  if (match === null) return undefined;
  const stateStart = start + match[0].length;
  const stateEnd = value.length - '}}'.length;
  if (!isObject(value, stateStart, stateEnd) || !value.endsWith('}}')) return undefined;
  return { position: match[1] as Position, stateJson: value.slice(stateStart, stateEnd) };
}

function isObject(text: string, start: number, end: number): boolean {
  return end - start >= 2 && text[start] === '{' && text[end - 1] === '}';
}

function corrupt(redisKey: string, actionMapId: string): OfferlockError {
  return new OfferlockError(
    'PROJECTION_CORRUPT',
    `not an offer that we wrote: field ${actionMapId} of ${redisKey}; "offerlock rebuild" writes it anew`,
    { details: { redisKey, actionMapId } },
  );
}
