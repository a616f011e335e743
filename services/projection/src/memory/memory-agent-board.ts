import type { AgentAnnouncement } from '../agent-board.ts';

/** Calls of an agent board, each done at one moment. */
export interface MemoryAgentCalls {
  announce(announcement: AgentAnnouncement): void;
  announcements(): readonly AgentAnnouncement[];
}

export function createMemoryAgentCalls(now: () => number): MemoryAgentCalls {
  const byTarget = new Map<string, AgentAnnouncement>();
  return {
    announce: (announcement) => {
      byTarget.set(`${announcement.tenantId}/${announcement.actionTargetId}`, announcement);
    },
    announcements: () => [...byTarget.values()].filter(({ until }) => until > now()),
  };
}
