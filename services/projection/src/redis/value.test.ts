import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { OfferBefore, StoredOffer } from '../ports.ts';
import { positionOf, type Position } from '../position.ts';
import { formatValue, parseValue } from './value.ts';

const position = '00019300abcd:0000000000000102';

const nastyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ',"before":',
    '\\",\\"before\\":{}',
    '","before":{"batchStart":"1"}}',
    '{"batchStart":"7","position":"',
    '}}',
    '\u2028\ud800"\\',
  ),
);

const states = fc
  .record({
    status: fc.constantFrom('offered', 'errored', 'none'),
    sessionId: nastyText,
    visited: fc.array(
      fc.record({
        state: fc.constant('errored'),
        at: fc.nat(),
        error: fc.record({ code: fc.option(nastyText), message: fc.option(nastyText) }),
      }),
      { maxLength: 3 },
    ),
    early: fc.array(fc.record({ event: fc.record({ errorMessage: nastyText }), offset: nastyText }), {
      maxLength: 2,
    }),
  })
  .map((state) => JSON.stringify(state));

const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const positions: fc.Arbitrary<Position> = fc
  .tuple(fc.nat({ max: 2 ** 31 }), offset)
  .map(([epoch, value]) => positionOf(epoch, value));
const befores: fc.Arbitrary<OfferBefore | null> = fc.option(
  fc.record({ position: positions, stateJson: states }),
);

test('what was formatted is parsed back unchanged, whatever its texts hold', () => {
  fc.assert(
    fc.property(positions, states, befores, (written, stateJson, before) => {
      const value = formatValue(written, stateJson, before);
      const expected: StoredOffer = { position: written, stateJson, before };
      expect(parseValue(value, 'key', 'map')).toEqual(expected);
    }),
  );
});

test('after the position a value is the JSON of the state, with before as its last member', () => {
  fc.assert(
    fc.property(positions, states, befores, (written, stateJson, before) => {
      const value = formatValue(written, stateJson, before);
      const json: unknown = JSON.parse(value.slice(30));
      expect(json).toEqual({
        ...(JSON.parse(stateJson) as object),
        before:
          before === null
            ? null
            : { position: before.position, state: JSON.parse(before.stateJson) as unknown },
      });
      expect(value.endsWith(before === null ? ',"before":null}' : '}}')).toBe(true);
    }),
  );
});

test('a value is written exactly so', () => {
  const before = { position: positionOf(1, 15n), stateJson: '{"status":"qualified"}' };
  expect(formatValue(positionOf(2, 16n), '{"status":"offered"}', before)).toBe(
    '000000000002:0000000000000010 {"status":"offered",' +
      '"before":{"position":"000000000001:000000000000000f","state":{"status":"qualified"}}}',
  );
  expect(formatValue(positionOf(2, 16n), '{"status":"offered"}', null)).toBe(
    '000000000002:0000000000000010 {"status":"offered","before":null}',
  );
});

test('a value without before says that nobody knows what was before', () => {
  const value = formatValue(position as Position, '{"status":"offered"}', 'unknown');
  expect(value).toBe(`${position} {"status":"offered"}`);
  expect(parseValue(value, 'key', 'map')).toEqual({
    position,
    stateJson: '{"status":"offered"}',
    before: 'unknown',
  });
});

test.each([
  '',
  'x',
  '{"status":"offered"}',
  position,
  `${position} `,
  `${position}  {"status":"offered"}`,
  `${position} {"status":"offered"`,
  `${position} null`,
  `${position.toUpperCase()} {"status":"offered"}`,
  `${position} {"status":"offered","before":}`,
  `${position} {"status":"offered","before":null`,
  `${position} {"status":"offered","before":null}}`,
  `${position} {"status":"offered","before":nullable}`,
  `${position} {"status":"offered","before":{}}`,
  `${position} {"status":"offered","before":{"position":"1","state":{}}}`,
  `${position} {"status":"offered","before":{"position":"${position}"}}`,
  `${position} {"status":"offered","before":{"position":"${position}","state":null}}`,
  `${position} {"status":"offered","before":{"position":"${position}","state":}}`,
  `${position} {"status":"offered","before":{"position":"${position}","state":{}}`,
])('a value that we cannot have written is corrupt, and the error names its place: %s', (value) => {
  const details = { redisKey: 'offerlock:offers:{t/c}', actionMapId: 'map' };
  expect(() => parseValue(value, details.redisKey, details.actionMapId)).toThrow(
    expect.objectContaining({ code: 'PROJECTION_CORRUPT', details }),
  );
});
