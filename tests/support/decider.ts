/**
 * A process that decides on offers, and plays the visitors that get them. A line on standard input is a `DeciderStep`;
 * it asks for all of it at once, and answers with a `DeciderReply`. When the input ends it tells what became of every
 * promise, a `ToldPromise` a line, and ends. LEASE_MS says how long a promise is held.
 *
 * The first digit of an action's id decides what its visitor does: most are shown the offer, and half of those reject it;
 * some give it back; the others never see it.
 */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import {
  kafkaConnectionOf,
  kafkaVariables,
  parseVariables,
  redisConnectionOf,
  redisVariables,
  registryConnectionOf,
  registryVariables,
} from '@offerlock/config';
import { partitionOfKey } from '@offerlock/event-log/embedded';
import { createKafkaEventSink } from '@offerlock/event-log/kafka';
import type { WebActionEvent } from '@offerlock/lifecycle';
import {
  createRedisAgentBoard,
  createRedisOfferDesk,
  createRedisProgressReader,
} from '@offerlock/projection/redis';
import { createEncoders } from '@offerlock/schemas';
import { createConfluentRegistry } from '@offerlock/schemas/confluent';
import { createTrigger, type Decision } from '@offerlock/trigger';
import { pino } from 'pino';
import type { DeciderReply, DeciderStep, ToldPromise } from './decider-process.ts';
import { raceRules, raceTenant } from './race-rules.ts';
import { systemClock as clock } from './system-clock.ts';
import { until } from './until.ts';

/** What a visitor has not done so long before the end of the promise is not done any more. */
const endsBeforeMs = 300;

const kafka = kafkaConnectionOf(parseVariables(kafkaVariables, process.env));
const redis = redisConnectionOf(parseVariables(redisVariables, process.env));
const registry = createConfluentRegistry(
  registryConnectionOf(parseVariables(registryVariables, process.env)),
);
const encoders = await createEncoders(registry, kafka.topicPrefix);
const sink = createKafkaEventSink({ connection: kafka });
const blockedSink = createKafkaEventSink({ connection: kafka, topic: 'blockedOffers' });
const desk = createRedisOfferDesk(redis, { timeoutMs: 5_000 });
const progressReader = createRedisProgressReader(redis);
const board = createRedisAgentBoard(redis);
const healthy = () => ({ healthy: true, detail: 'fixed' });
const rules = raceRules();
let tries = 0;
const trigger = createTrigger({
  desk: {
    ...desk,
    read: (...args) => {
      tries += 1;
      return desk.read(...args);
    },
  },
  progressReader,
  board,
  book: { rulesOf: () => rules, caughtUp: true, health: healthy },
  chats: { countsOf: () => null, health: healthy },
  events: sink,
  blockedOffers: blockedSink,
  encoders,
  lifecycles: rules.lifecycles,
  partitionOf: (customer, partitions) => partitionOfKey(Buffer.from(customer), partitions),
  policy: { leaseMs: Number(process.env['LEASE_MS']), projectionLagMaxMs: 30_000, deadlineMs: 20_000 },
  clock,
  ids: { newActionId: randomUUID, newEventId: randomUUID },
  logger: pino({ level: 'warn' }, process.stderr),
});
const keepingUp = trigger.run();

type Promised = Decision['offers'][number] & {
  readonly customerId: string;
  readonly sessionId: string;
  readonly decidedAt: number;
};

/** Resolves once the log has it. */
const send = (event: WebActionEvent): Promise<void> =>
  sink.append([{ key: `${event.tenantId}/${event.customerId}`, value: encoders.event.encode(event) }]);

function eventOf(
  { customerId, sessionId, actionId, actionMapId, actionMapVersion, mediaType }: Promised,
  actionState: string,
  occurredAt: number,
): WebActionEvent {
  return {
    eventId: randomUUID(),
    tenantId: raceTenant,
    customerId,
    customerIdType: 'cookie',
    sessionId,
    actionId,
    actionMapId,
    actionMapVersion,
    actionMediaType: mediaType,
    actionState,
    occurredAt,
    receivedAt: occurredAt,
    errorCode: null,
    errorMessage: null,
  };
}

const fates: Promise<ToldPromise>[] = [];

function play(customerId: string, sessionId: string, { offers, decidedAt }: Decision): void {
  for (const offer of offers) fates.push(fateOf({ customerId, sessionId, decidedAt, ...offer }));
}

async function fateOf(promise: Promised): Promise<ToldPromise> {
  const { customerId, sessionId, decidedAt, actionId, actionMapId, mediaType, reservedUntil } = promise;
  const told = { customerId, sessionId, decidedAt, actionId, actionMapId, mediaType, reservedUntil };
  const digit = Number.parseInt(actionId.charAt(0), 16);
  if (digit >= 13 || clock.now() > reservedUntil - endsBeforeMs) {
    return { ...told, fate: 'forgotten', endedAt: null, rejectedAt: null };
  }
  if (digit >= 11) {
    const endedAt = clock.now();
    const isReleased = await desk.release(`${raceTenant}/${customerId}`, actionId);
    if (!isReleased)
      throw new Error(`the promise of action ${actionId} was gone when its visitor gave it back`);
    return { ...told, fate: 'released', endedAt, rejectedAt: null };
  }
  await send(eventOf(promise, 'offered', Math.max(clock.now(), decidedAt + 1)));
  const endedAt = clock.now();
  if (digit % 2 === 0) return { ...told, fate: 'shown', endedAt, rejectedAt: null };
  const rejectedAt = clock.now();
  await send(eventOf(promise, 'rejected', Math.max(rejectedAt, decidedAt + 2)));
  return { ...told, fate: 'shown', endedAt, rejectedAt };
}

async function ask({ visits }: DeciderStep): Promise<DeciderReply> {
  tries = 0;
  let [decided, unavailable] = [0, 0];
  const questions = visits.flatMap((visit) => Array.from({ length: visit.asks }, () => visit));
  await Promise.all(
    questions.map(async ({ customerId, sessionId }) => {
      const text = await trigger.decide({
        requestId: null,
        tenantId: raceTenant,
        customerId,
        sessionId,
        lastActiveAt: null,
        page: { url: 'https://shop.example/' },
        segments: [],
        events: [],
      });
      const decision = JSON.parse(text) as Decision;
      if (decision.status === 'decided') decided += 1;
      else unavailable += 1;
      play(customerId, sessionId, decision);
    }),
  );
  return { decided, unavailable, tries };
}

function tell(line: DeciderReply | ToldPromise | { readonly begun: true }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await until('the projection is up to date', () => trigger.ready().healthy, { timeoutMs: 60_000 });
tell({ begun: true });
for await (const line of createInterface({ input: process.stdin })) {
  tell(await ask(JSON.parse(line) as DeciderStep));
}
for (const fate of await Promise.all(fates)) tell(fate);
await trigger.stop(10_000);
await keepingUp;
const parts = [sink, blockedSink, desk, progressReader, board];
await Promise.all(parts.map((part) => part.close()));
