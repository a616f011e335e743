import { expect, test } from '@jest/globals';
import { createPartitioner, partitionOfKey } from './partition-of-key.ts';

// What Kafka's Java client computes.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('the key %s lies where Kafka puts it', (key, hash) => {
  expect(partitionOfKey(Buffer.from(key), 1_000_003)).toBe((hash & 0x7fffffff) % 1_000_003);
});

test('records without a key take the partitions in turn', () => {
  const partitionOf = createPartitioner(3);
  expect([null, null, 'k', null].map(partitionOf)).toEqual([1, 2, partitionOf('k'), 0]);
});
