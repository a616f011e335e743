/**
 * A projector that kills itself at an exact point, composed as the real process composes it. DIE_AT is `after-save`:
 * Redis has the batch, Kafka has no commit; or `after-commit`: Kafka has the commit, nothing was fetched since.
 * DIE_AFTER_BATCHES says at which batch. With DIE_OF=SIGSTOP it only stops there, until somebody wakes it up.
 */
import {
  kafkaConnectionOf,
  parseVariables,
  redisConnectionOf,
  registryConnectionOf,
} from '@offerlock/config';
import type { EventLog } from '@offerlock/event-log';
import { createKafkaEventLog } from '@offerlock/event-log/kafka';
import type { ProjectionStore } from '@offerlock/projection';
import { createRedisProjectionStore } from '@offerlock/projection/redis';
import { createProjector, projectorVariables } from '@offerlock/projector';
import { createEncoders, createRecordDecoder, topicName } from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import { pino } from 'pino';
import { foldDefaults } from '@offerlock/lifecycle/testing';

const dieAt = process.env['DIE_AT'];
const signal = process.env['DIE_OF'] === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL';
let batchesLeft = Number(process.env['DIE_AFTER_BATCHES']);

function dieIfDue(): void {
  batchesLeft -= 1;
  if (batchesLeft === 0) process.kill(process.pid, signal);
}

const values = parseVariables(projectorVariables, process.env);
const kafka = kafkaConnectionOf(values);
const registry = createConfluentRegistry(registryConnectionOf(values));
const store = createRedisProjectionStore(redisConnectionOf(values));
const eventLog = createKafkaEventLog({
  connection: kafka,
  groupId: values.OFFERLOCK_GROUP_ID,
  clientId: 'dying-projector',
  batchRecordsMax: values.OFFERLOCK_BATCH_RECORDS_MAX,
  sessionTimeoutMs: values.OFFERLOCK_SESSION_TIMEOUT_MS,
  heartbeatIntervalMs: Math.floor(values.OFFERLOCK_SESSION_TIMEOUT_MS / 3),
});

const dyingStore: ProjectionStore = {
  ...store,
  async save(writes) {
    const result = await store.save(writes);
    if (dieAt === 'after-save') dieIfDue();
    return result;
  },
};
const dyingLog: EventLog = {
  checkTopics: () => eventLog.checkTopics(),
  endOffsets: () => eventLog.endOffsets(),
  close: () => eventLog.close(),
  consume: (handler, observer) =>
    eventLog.consume(handler, {
      ...observer,
      committed(event) {
        observer.committed(event);
        if (dieAt === 'after-commit') dieIfDue();
      },
    }),
};

const projector = createProjector({
  eventLog: dyingLog,
  store: dyingStore,
  decoder: createRecordDecoder(registry),
  encoders: await createEncoders(registry, kafka.topicPrefix),
  foldOptions: foldDefaults,
  eventsTopic: topicName('events', kafka.topicPrefix),
  stallTimeoutMs: values.OFFERLOCK_STALL_TIMEOUT_MS,
  now: Date.now,
  logger: pino({ level: 'info' }),
});
await projector.run();
