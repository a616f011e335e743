/** How many agents of an action target could take a chat, as a contact centre has announced it. */
export interface AgentAnnouncement {
  readonly tenantId: string;
  readonly actionTargetId: string;
  readonly agentsOnQueue: number;
  /** It counts until then, ms since 1970; after that nobody knows. */
  readonly until: number;
}

/** What is announced of agents, for every instance that decides on offers. */
export interface AgentBoard {
  /** Replaces the target's announcement. Error: `PROJECTION_UNAVAILABLE`. */
  announce(announcement: AgentAnnouncement): Promise<void>;
  /** All announcements that count now, of all tenants. */
  announcements(): Promise<readonly AgentAnnouncement[]>;
  close(): Promise<void>;
}
