import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';

const names = Array.from({ length: 24 }, (_, index) => `warm-up-${index}`);
const triesMax = 600;

/**
 * Kafka makes its topics of groups and transactions when they are first used, and moves their coordinators around until
 * all partitions are there. Clients of our own wait that out; clients that tests use beside them do not, so it is
 * waited out here, by names that fall into every partition of the two.
 */
export async function warmUpCoordinators(brokers) {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const name of names) {
      await untilItAnswers(() => admin.fetchOffsets({ groupId: name, topics: [] }));
      await untilItAnswers(() => beginTransaction(kafka, name));
    }
  } finally {
    await admin.disconnect();
  }
}

async function beginTransaction(kafka, transactionalId) {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    await (await producer.transaction()).abort();
  } finally {
    await producer.disconnect();
  }
}

async function untilItAnswers(attempt) {
  for (let tries = 1; ; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries === triesMax) throw error;
      await sleep(50);
    }
  }
}
