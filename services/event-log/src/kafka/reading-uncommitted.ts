import type { Kafka } from 'kafkajs';

const description = 'private:Kafka:createCluster';
const readUncommitted = 0;

type CreateCluster = (options: object) => unknown;

/**
 * Makes the clients of this instance ask for offsets as a reader of uncommitted records: the end is that of the log then,
 * where kafkajs's admin otherwise tells the offset of the first record of an open transaction, whatever lies behind it. It
 * has no option for that, so this reaches for the function by which all its clients connect; it throws if a version
 * has another.
 */
export function readingUncommitted(kafka: Kafka): Kafka {
  const name = Object.getOwnPropertySymbols(kafka).find((symbol) => symbol.description === description);
  const clients = kafka as unknown as Record<symbol, CreateCluster>;
  const createCluster = name === undefined ? undefined : clients[name];
  if (name === undefined || createCluster === undefined) {
    throw new Error(
      'this version of kafkajs connects in another way: the ends of topics cannot be asked for',
    );
  }
  clients[name] = (options) => createCluster({ ...options, isolationLevel: readUncommitted });
  return kafka;
}
