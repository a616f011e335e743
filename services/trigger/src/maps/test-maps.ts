import { createHandClock, createMemoryLog } from '@offerlock/event-log/memory';
import { createDecoder, createEncoders, registerSchemas, type ActionMaps } from '@offerlock/schemas';
import { createMemoryRegistry } from '@offerlock/schemas/memory';
import { pino } from 'pino';
import { createRulesBook } from './rules-book.ts';

/** A map as a file has it: only what has no default. */
export function mapOf(id: string, version = 1, fields: object = {}): Record<string, unknown> {
  return {
    id,
    version,
    displayName: id,
    startDate: '2026-01-01T00:00:00Z',
    action: { mediaType: 'webchat', invitation: { prompt: 'May we help?' } },
    ...fields,
  };
}

/** A map whose chats a target takes. */
export function mapFor(id: string, actionTargetId: string, version = 1): Record<string, unknown> {
  const action = { mediaType: 'webchat', actionTargetId, invitation: { prompt: 'May we help?' } };
  return mapOf(id, version, { action });
}

/** A log in memory, with what reads and changes action maps in it. Nothing runs yet. */
export async function createMapsLog() {
  const clock = createHandClock();
  const log = createMemoryLog({ partitions: 2, scheduler: clock });
  const registry = createMemoryRegistry();
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  const decoder = createDecoder<ActionMaps>(registry, { actionMaps: (maps) => maps });
  const openBook = () =>
    createRulesBook({
      follower: log.follower(),
      decoder,
      rules: {},
      logger: pino({ level: 'silent' }),
    });
  const change = {
    documents: log.documents(),
    decoder,
    encoder: encoders.actionMaps,
    now: () => clock.now(),
  };
  return { clock, log, registry, encoders, decoder, openBook, change };
}

/** Lets what is due now happen, until it is so. */
export async function untilSo(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns += 1) {
    if (turns > 1_000) throw new Error('it did not become so');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
