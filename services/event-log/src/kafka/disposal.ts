/** Closes clients in the background, because a dead broker makes a polite farewell wait. */
export interface Disposal {
  /**
   * Disconnects now, which breaks off what is under way, and once more when `pending` has settled: a kafkajs client
   * that was retrying in between has connected again.
   */
  dispose(client: { disconnect(): Promise<void> }, pending?: Promise<unknown>): void;
  /** Resolves when all disposed clients are closed. */
  settled(): Promise<void>;
}

export function createDisposal(): Disposal {
  const closing = new Set<Promise<unknown>>();
  return {
    dispose: (client, pending) => {
      const disconnect = () => client.disconnect().catch(() => {});
      const both = [disconnect(), (pending ?? Promise.resolve()).then(disconnect, disconnect)];
      const closed: Promise<unknown> = Promise.all(both).finally(() => closing.delete(closed));
      closing.add(closed);
    },
    settled: async () => {
      await Promise.all(closing);
    },
  };
}
