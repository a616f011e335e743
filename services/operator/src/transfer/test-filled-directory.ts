import type { NewStoredRecord } from '@offerlock/data-directory';
import { customerKeyOf, fold, type OfferState, type WebActionEvent } from '@offerlock/lifecycle';
import { day, eventOf, foldDefaults } from '@offerlock/lifecycle/testing';
import { positionOf } from '@offerlock/projection';
import { createEncoders, deadLetterHeaders, registerSchemas } from '@offerlock/schemas';
import type { OpenDirectory } from '../ports.ts';

export const epoch = 0x1234;
export const mark = { epoch, trustedEpoch: 0x1000 };

const steps = ['qualified', 'offered', 'accepted', 'started', 'engaged'] as const;
const customersPerPartition = 3;

/**
 * Puts events of a few customers into every partition, and what a projector makes of all but the last two of each:
 * metrics, states, one dead letter, and a deadline for each early event. Some early events go on waiting.
 *
 * @param gone Events at the beginning of each partition that are left out, as if retention had deleted them.
 */
export async function fillDirectory(opened: OpenDirectory, gone = 0): Promise<void> {
  const { directory, registry } = opened;
  await registerSchemas(registry, '');
  const encoders = await createEncoders(registry, '');
  for (let partition = 0; partition < directory.partitions; partition += 1) {
    const events = eventsFor(opened, partition);
    const committed = events.length - 2;
    const states = new Map<string, { state: OfferState; at: number; event: WebActionEvent }>();
    const outputs: Record<'metrics' | 'deadLetters' | 'timers', NewStoredRecord[]> = {
      metrics: [],
      deadLetters: [],
      timers: [],
    };
    for (const [at, event] of events.slice(0, committed).entries()) {
      const key = customerKeyOf(event);
      if (at === 1) {
        const headers = { [deadLetterHeaders.reason]: 'UNDECODABLE', [deadLetterHeaders.offset]: String(at) };
        outputs.deadLetters.push({ key, value: Buffer.from('{}'), headers, timestampMs: day + at });
      }
      const folded = fold(foldDefaults, states.get(key)?.state ?? null, { event, offset: BigInt(at) });
      if ('state' in folded) states.set(key, { state: folded.state, at, event });
      if (folded.outcome === 'early') {
        const value = encoders.timer.encode({ ...event, offset: at, dueAt: day + 60_000 });
        outputs.timers.push({ key, value, timestampMs: day + at });
      }
      for (const metric of 'metrics' in folded ? folded.metrics : []) {
        const value = encoders.metric.encode({
          ...metric.source.event,
          ...metric,
          metricId: `${key}/${metric.metric}`,
          processedAt: day,
          topic: 'events',
          partition,
          offset: Number(metric.source.offset),
        });
        outputs.metrics.push({ key, value, timestampMs: day + at });
      }
    }
    await directory.write((transaction) => {
      const records = events.map((event, at) => ({
        key: customerKeyOf(event),
        value: encoders.event.encode(event),
        timestampMs: day + at,
        offset: BigInt(at),
      }));
      transaction.append(opened.topic('events'), partition, records.slice(gone));
      for (const topic of ['metrics', 'deadLetters', 'timers'] as const) {
        if (outputs[topic].length > 0) transaction.append(opened.topic(topic), partition, outputs[topic]);
      }
      const changes = [...states].map(([key, { state, at, event }]) => ({
        key: `${key}/${event.actionMapId}`,
        value: encoders.offerState.encode({
          ...event,
          position: positionOf(epoch, BigInt(at)),
          state: JSON.stringify(state),
        }),
        timestampMs: day + at,
      }));
      if (changes.length > 0) transaction.append(opened.states, partition, changes);
      opened.setCommitted(transaction, partition, { offset: BigInt(committed), mark });
    });
  }
}

/** One customer walks through all steps; another begins in the middle, so that its event waits; a third only begins. */
function eventsFor(opened: OpenDirectory, partition: number): readonly WebActionEvent[] {
  const customers = customersOf(opened, partition);
  return Array.from({ length: steps.length }, (_, round) =>
    customers.map((customerId, which) => {
      const step = which === 1 ? 'started' : steps[which === 2 ? 0 : round];
      return eventOf(step ?? 'offered', {
        customerId,
        eventId: `event-${partition}-${round}-${which}`,
        occurredAt: day + round * 1_000,
      });
    }),
  ).flat();
}

function customersOf({ partitionOf }: OpenDirectory, partition: number): readonly string[] {
  const found: string[] = [];
  for (let at = 0; found.length < customersPerPartition; at += 1) {
    const customerId = `customer-${at}`;
    if (partitionOf(Buffer.from(customerKeyOf({ tenantId: 'default', customerId }))) === partition) {
      found.push(customerId);
    }
  }
  return found;
}
