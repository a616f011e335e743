import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory, type DataDirectory, type DataDirectoryOptions } from '@offerlock/data-directory';
import { topicNames } from '@offerlock/schemas';

/** A path of its own for a data directory; nothing is there yet. */
export interface DirectoryPlace {
  readonly path: string;
  /** The caller closes what it opened. */
  open(options?: Partial<DataDirectoryOptions>): Promise<DataDirectory>;
  remove(): Promise<void>;
}

/** The topics that an installation in a data directory has, without limits of age and size. */
export const directoryTopics = {
  topics: {
    [topicNames.events]: {},
    [topicNames.metrics]: {},
    [topicNames.deadLetters]: {},
    [topicNames.timers]: {},
    [topicNames.blockedOffers]: {},
  },
  compactedTopics: { [topicNames.offerStates]: {}, [topicNames.actionMaps]: {} },
};

export async function createDirectoryPlace(): Promise<DirectoryPlace> {
  const parent = await mkdtemp(join(tmpdir(), 'offerlock-test-'));
  const path = join(parent, 'data');
  return {
    path,
    open: (options = {}) =>
      openDataDirectory(path, { label: 'a test', partitions: 4, ...directoryTopics, ...options }),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
