import type { DataDirectory } from '@offerlock/data-directory';
import type { AgentAnnouncement, AgentBoard } from '../agent-board.ts';
import { writeDurably } from './write-durably.ts';

export interface EmbeddedAgentBoardOptions {
  readonly directory: DataDirectory;
  /** ms since 1970. */
  readonly now?: () => number;
}

/** Announcements in a table of the data directory: a restarted process knows them. */
export function createEmbeddedAgentBoard({
  directory,
  now = Date.now,
}: EmbeddedAgentBoardOptions): AgentBoard {
  const table = directory.table('agents');
  const announced = () =>
    Array.from(table.entries(), ([key, value]) => ({
      key,
      announcement: JSON.parse(value.toString()) as AgentAnnouncement,
    }));
  return {
    announce: (announcement) => {
      const own = `${announcement.tenantId}/${announcement.actionTargetId}`;
      return writeDurably(directory, (transaction) => {
        for (const { key, announcement: other } of announced()) {
          if (key !== own && other.until <= now()) transaction.remove(table, key);
        }
        transaction.put(table, own, Buffer.from(JSON.stringify(announcement)));
      });
    },
    announcements: async () =>
      announced()
        .map(({ announcement }) => announcement)
        .filter(({ until }) => until > now()),
    close: async () => {},
  };
}
