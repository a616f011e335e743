import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProgressReader, ProjectionStore } from '@offerlock/projection';

/** An empty projection. */
export interface ProgressUnderTest {
  readonly store: ProjectionStore;
  readonly otherStore: ProjectionStore;
  readonly progressReader: ProgressReader;
  close(): Promise<void>;
}

/** What every adapter does alike whose progress is noted by stores. */
export function progressContract(adapter: string, open: () => Promise<ProgressUnderTest>): void {
  describe(`the contract of the progress, on ${adapter}`, () => {
    let under: ProgressUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    test('where no projector was, nothing is known', async () => {
      expect(await under.progressReader.progress()).toEqual({ partitions: null, foldedThroughMs: new Map() });
    });

    test('partitions are those of the log, and what is not noted yet is missing', async () => {
      await under.store.prepare({ partitions: 12 });
      await under.store.noteFolded(new Map());
      expect(await under.progressReader.progress()).toEqual({ partitions: 12, foldedThroughMs: new Map() });
    });

    test('times grow by partition, whoever notes them; a smaller one changes nothing', async () => {
      await Promise.all([
        under.store.noteFolded(
          new Map([
            [0, 1_790_000_000_000],
            [11, 1_790_000_000_001],
          ]),
        ),
        under.otherStore.noteFolded(new Map([[3, 7]])),
      ]);
      await under.otherStore.noteFolded(
        new Map([
          [0, 1_789_999_999_999],
          [11, 1_790_000_000_002],
        ]),
      );
      const { foldedThroughMs } = await under.progressReader.progress();
      expect([...foldedThroughMs].toSorted(([left], [right]) => left - right)).toEqual([
        [0, 1_790_000_000_000],
        [3, 7],
        [11, 1_790_000_000_002],
      ]);
    });
  });
}
