import { expect, test } from '@jest/globals';
import { createEmbeddedProgressReader } from './embedded-progress-reader.ts';

/** A log of two partitions, as numbers. */
function begin() {
  const ends = [0n, 0n];
  const committed = [0n, 0n];
  const clock = { nowMs: 1_000 };
  const reader = createEmbeddedProgressReader({
    partitions: 2,
    endOffset: (partition) => ends[partition] ?? 0n,
    committedOffset: (partition) => committed[partition] ?? 0n,
    now: () => clock.nowMs,
  });
  return { ends, committed, clock, folded: async () => (await reader.progress()).foldedThroughMs };
}

test('partitions whose end is committed are folded through now', async () => {
  const { clock, folded } = begin();
  for (const nowMs of [1_000, 2_000]) {
    clock.nowMs = nowMs;
    expect(Object.fromEntries(await folded())).toEqual({ 0: nowMs, 1: nowMs });
  }
});

test('what a killed process had not committed is not folded before somebody has folded it again', async () => {
  const { ends, committed, clock, folded } = begin();
  ends[0] = 5n;
  committed[0] = 3n;
  expect(Object.fromEntries(await folded())).toEqual({ 1: 1_000 });
  clock.nowMs = 2_000;
  committed[0] = 5n;
  expect(Object.fromEntries(await folded())).toEqual({ 0: 2_000, 1: 2_000 });
});

test('a partition that is behind is folded through the last time that its end of then is committed', async () => {
  const { ends, committed, clock, folded } = begin();
  await folded();
  const at = async (nowMs: number, end: bigint, done: bigint) => {
    clock.nowMs = nowMs;
    [ends[0], committed[0]] = [end, done];
    return (await folded()).get(0);
  };
  expect(await at(2_000, 10n, 0n)).toBe(1_000);
  expect(await at(3_000, 20n, 9n)).toBe(1_000);
  expect(await at(4_000, 30n, 10n)).toBe(2_000);
  expect(await at(5_000, 40n, 29n)).toBe(2_000);
  expect(await at(6_000, 50n, 35n)).toBe(4_000);
  expect(await at(7_000, 60n, 60n)).toBe(7_000);
});
