import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory, type DataDirectoryOptions } from '@offerlock/data-directory';
import { committedOffsets, partitionOfKey } from '@offerlock/event-log/embedded';
import { createMemoryRegistry, type MemoryRegistry } from '@offerlock/schemas/memory';
import type { OpenDirectory } from '../ports.ts';

/** Data directories in a place of one test's own, with registries in memory. */
export interface TestDirectories {
  create(path: string, partitions: number): Promise<OpenDirectory>;
  open(path: string): Promise<OpenDirectory>;
  /** Deletes them all. */
  remove(): void;
}

const options: DataDirectoryOptions = {
  label: 'a test',
  topics: { events: {}, metrics: {}, deadLetters: {}, blockedOffers: {}, timers: {} },
  compactedTopics: { offerStates: {}, actionMaps: {} },
};

export function createTestDirectories(): TestDirectories {
  let root: string | null = null;
  const registries = new Map<string, MemoryRegistry>();

  const openWith = async (path: string, more: Partial<DataDirectoryOptions>): Promise<OpenDirectory> => {
    root ??= mkdtempSync(join(tmpdir(), 'offerlock-operator-'));
    const directory = await openDataDirectory(join(root, path), { ...options, ...more });
    const registry = registries.get(path) ?? createMemoryRegistry();
    registries.set(path, registry);
    const offsets = committedOffsets(directory);
    return {
      directory,
      registry,
      topic: (topic) => directory.topic(topic),
      states: directory.compactedTopic('offerStates'),
      partitionOf: (key) => partitionOfKey(key, directory.partitions),
      committed: (partition) => offsets.get(partition),
      setCommitted: offsets.put,
      close: () => directory.close(),
    };
  };

  return {
    create: (path, partitions) => openWith(path, { partitions }),
    open: (path) => openWith(path, { mustExist: true }),
    remove: () => {
      if (root !== null) rmSync(root, { recursive: true, force: true });
      root = null;
    },
  };
}
