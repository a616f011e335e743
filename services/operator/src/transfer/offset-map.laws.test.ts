import { expect, test } from '@jest/globals';
import type { StoredTopic } from '@offerlock/data-directory';
import fc from 'fast-check';
import { mapOffsets } from './offset-map.ts';

const passage = { passed: () => {} };

/** A partition that holds records at these offsets, of which it gives two at a time. */
function topicWith(offsets: readonly bigint[], startOffset: bigint, endOffset: bigint): StoredTopic {
  return {
    name: 'events',
    bounds: () => ({ startOffset, endOffset }),
    read: (_, fromOffset) => {
      const records = offsets
        .filter((offset) => offset >= fromOffset)
        .slice(0, 2)
        .map((offset) => ({ offset, key: null, value: null, headers: {}, timestampMs: 0 }));
      const last = records.at(-1);
      return { records, nextOffset: last === undefined ? endOffset : last.offset + 1n, endOffset };
    },
    latest: () => [],
    sizeBytes: () => 0,
    onAppend: () => () => {},
  };
}

const logs = fc
  .record({
    gone: fc.integer({ min: 0, max: 5 }),
    steps: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 }),
    tail: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ gone, steps, tail }) => {
    const startOffset = BigInt(gone);
    let next = startOffset;
    const offsets = steps.map((step) => {
      const offset = next + BigInt(step - 1);
      next = offset + 1n;
      return offset;
    });
    return { offsets, startOffset, endOffset: next + BigInt(tail) };
  });

test('records move to the place that a copy without gaps gives them', async () => {
  await fc.assert(
    fc.asyncProperty(logs, async ({ offsets, startOffset, endOffset }) => {
      const map = await mapOffsets(topicWith(offsets, startOffset, endOffset), 0, passage);
      expect(map.records).toBe(offsets.length);
      expect(offsets.map(map.offsetOf)).toEqual(offsets.map((_, rank) => BigInt(map.placeholders + rank)));
      expect(map.isIdentity && offsets.some((offset) => map.offsetOf(offset) !== offset)).toBe(false);
    }),
  );
});

test('a record lies before a committed offset there exactly if it does here, even one that is gone', async () => {
  await fc.assert(
    fc.asyncProperty(logs, async ({ offsets, startOffset, endOffset }) => {
      const map = await mapOffsets(topicWith(offsets, startOffset, endOffset), 0, passage);
      const gone = Array.from({ length: Number(startOffset) }, (_, offset) => BigInt(offset));
      for (let committed = startOffset; committed <= endOffset; committed += 1n) {
        const there = map.committedOffsetOf(committed);
        expect(there).toBeLessThanOrEqual(BigInt(map.placeholders + offsets.length));
        for (const offset of [...gone, ...offsets]) {
          expect(map.positionOffsetOf(offset) < there).toBe(offset < committed);
        }
      }
    }),
  );
});

test('no two records share an offset, whether they are gone or not', async () => {
  await fc.assert(
    fc.asyncProperty(logs, async ({ offsets, startOffset, endOffset }) => {
      const map = await mapOffsets(topicWith(offsets, startOffset, endOffset), 0, passage);
      const gone = Array.from({ length: Number(startOffset) }, (_, offset) => BigInt(offset));
      const moved = [...gone, ...offsets].map(map.offsetOf);
      expect(new Set(moved).size).toBe(moved.length);
    }),
  );
});

test('a committed offset outside the log is not moved but refused', async () => {
  const map = await mapOffsets(topicWith([5n, 6n], 5n, 7n), 0, passage);
  expect(() => map.committedOffsetOf(4n)).toThrow(expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE' }));
  expect(() => map.committedOffsetOf(8n)).toThrow(expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE' }));
});

test('a log from offset 0 without gaps keeps its offsets', async () => {
  const map = await mapOffsets(topicWith([0n, 1n, 2n], 0n, 3n), 0, passage);
  expect(map).toMatchObject({ isIdentity: true, placeholders: 0, records: 3 });
});
