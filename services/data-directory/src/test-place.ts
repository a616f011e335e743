import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory, type DataDirectoryOptions } from './open-data-directory.ts';
import type { DataDirectory, NewStoredRecord, StoredTopic } from './ports.ts';

/** 2024-01-01, in ms since 1970. */
export const testStartMs = 1_704_067_200_000;

export interface TestPlace {
  /** Not there until a directory is opened. */
  readonly path: string;
  /** What `now` tells; moved by hand. */
  clockMs: number;
  /** Two partitions, the plain topic `events` and the compacted topic `states`; maintenance only when it is asked for. */
  open(options?: Partial<DataDirectoryOptions>): Promise<DataDirectory>;
  /** Closes what was opened and removes all of it. */
  clear(): Promise<void>;
}

export function createTestPlace(): TestPlace {
  const folder = mkdtempSync(join(tmpdir(), 'offerlock-data-'));
  const opened: DataDirectory[] = [];
  const place: TestPlace = {
    path: join(folder, 'data'),
    clockMs: testStartMs,
    async open(options) {
      const directory = await openDataDirectory(place.path, {
        label: 'a test',
        partitions: 2,
        topics: { events: {} },
        compactedTopics: { states: {} },
        now: () => place.clockMs,
        maintenanceIntervalMs: 3_600_000,
        ...options,
      });
      opened.push(directory);
      return directory;
    },
    async clear() {
      for (const directory of opened) await directory.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return place;
}

export function recordOf(
  key: string,
  value: string | null,
  more: Partial<NewStoredRecord> = {},
): NewStoredRecord {
  return { key, value: value === null ? null : Buffer.from(value), ...more };
}

/** Appends in a transaction of its own. */
export function append(
  directory: DataDirectory,
  topic: StoredTopic,
  records: readonly NewStoredRecord[],
  partition = 0,
): Promise<bigint> {
  return directory.write((transaction) => transaction.append(topic, partition, records));
}

const everything = { recordsMax: 1_000_000, bytesMax: 1_000_000_000 };

/** All records of a partition from an offset on, as short texts: offset, key and value. */
export function linesOf(topic: StoredTopic, partition = 0, fromOffset = 0n): string[] {
  return topic
    .read(partition, fromOffset, everything)
    .records.map(
      ({ offset, key, value }) => `${offset} ${key?.toString() ?? '-'}=${value?.toString() ?? '-'}`,
    );
}
