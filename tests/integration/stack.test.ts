import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startStack, type Stack } from '@offerlock/stack';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { until } from '../support/until.ts';

/*
 * The tests of faults rely on servers that keep port and data when they are stopped, killed and started again, and
 * everybody relies on a killed run that leaves nothing behind. This stack is our own, since it is treated badly.
 */
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ own: true, environment: { ...process.env, OFFERLOCK_STACK: 'native' } });
}, 300_000);

afterAll(() => stack.stop());

/** Orderly and by force, both have to keep what was acknowledged. */
async function restartBothWays(name: 'kafka' | 'registry' | 'redis'): Promise<void> {
  const server = stack[name];
  if (server === null) throw new Error('the stack is not ours');
  const first = server.pid;
  await server.stop();
  expect(server.pid).toBeNull();
  await server.start();
  expect(server.pid).not.toBe(first);
  await server.kill('SIGKILL');
  expect(server.pid).toBeNull();
  await server.start();
}

test('Kafka keeps a committed transaction and moves on after restarts', async () => {
  const topic = 'stack-test';
  const kafka = new Kafka({ brokers: [...stack.brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
  // kafkajs's own wait gives up when the broker has not heard of the topic yet.
  await until('the topic', async () => (await admin.fetchTopicOffsets(topic)).length === 1);
  await admin.disconnect();

  // A record and the marker of its commit, which the broker writes a moment after it answers.
  const committed = (transactions: number) =>
    until(
      `${transactions} transactions`,
      async () => (await endOffsetOf(kafka, topic)) === 2 * transactions,
      {
        timeoutMs: 60_000,
      },
    );
  await commitOneRecord(kafka, topic);
  await committed(1);
  await restartBothWays('kafka');
  await committed(1);
  await commitOneRecord(kafka, topic);
  await committed(2);
  expect(await valuesIn(kafka, topic)).toEqual(['kept', 'kept']);
}, 300_000);

async function commitOneRecord(kafka: Kafka, topic: string): Promise<void> {
  const producer = kafka.producer({
    transactionalId: 'stack-test',
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'kept' }] });
  await transaction.commit();
  await producer.disconnect();
}

async function endOffsetOf(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  const [partition] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return Number(partition?.high);
}

/** All committed records, which are two. */
async function valuesIn(kafka: Kafka, topic: string): Promise<string[]> {
  const values: string[] = [];
  const consumer = kafka.consumer({ groupId: 'stack-test' });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      values.push(String(message.value));
      return Promise.resolve();
    },
  });
  await until('both records', () => values.length >= 2, { timeoutMs: 60_000 });
  await consumer.disconnect();
  return values;
}

test('the registry keeps schemas and their ids over restarts', async () => {
  const registered = await fetch(`${stack.registryUrl}/subjects/stack-test/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: '{"type":"string"}' }),
  });
  const { id } = (await registered.json()) as { id: number };
  await restartBothWays('registry');
  const kept = await fetch(`${stack.registryUrl}/schemas/ids/${id}`);
  expect(await kept.json()).toMatchObject({ schema: '{"type":"string"}' });
}, 300_000);

test('Redis keeps what its append-only file holds over restarts, and never evicts', async () => {
  const redis = new Redis(`redis://${stack.redisAddress}`, { maxRetriesPerRequest: null });
  // A connection that breaks in a restart is what happens here; ioredis connects again.
  redis.on('error', () => {});
  await redis.set('stack-test', 'kept');
  await restartBothWays('redis');
  expect(await redis.get('stack-test')).toBe('kept');
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  redis.disconnect();
});

test('when the holder of a stack is killed, its servers end', async () => {
  const script = fileURLToPath(new URL('../support/hold-stack.mjs', import.meta.url));
  const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(holder.stdout), 'line')) as [string];
  const { pids } = JSON.parse(line) as { pids: number[] };
  expect(pids.map(isAlive)).toEqual([true, true, true]);

  holder.kill('SIGKILL');
  await until('the servers to end', () => !pids.some(isAlive));
}, 300_000);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
