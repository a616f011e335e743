import type { Admin, Kafka } from 'kafkajs';
import type { Disposal } from './disposal.ts';

/** An admin client that connects when it is used, and anew after a failure: kafkajs keeps stale metadata otherwise. */
export interface AdminClient {
  use<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createAdminClient(kafka: Kafka, disposal: Disposal): AdminClient {
  let present: { readonly admin: Admin; readonly connected: Promise<void> } | null = null;

  const connect = () => {
    const admin = kafka.admin();
    return { admin, connected: admin.connect() };
  };

  return {
    use: async (work) => {
      present ??= connect();
      const used = present;
      try {
        await used.connected;
        return await work(used.admin);
      } catch (error) {
        if (present === used) present = null;
        disposal.dispose(used.admin, used.connected);
        throw error;
      }
    },
    close: async () => {
      const last = present;
      present = null;
      await last?.admin.disconnect();
    },
  };
}
