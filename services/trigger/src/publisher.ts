import type { EventSink } from '@offerlock/event-log';
import { customerKeyOf } from '@offerlock/lifecycle';
import type { Encoders } from '@offerlock/schemas';
import type { Logger } from 'pino';
import { qualifiedEvent } from './decisions/customer-facts.ts';
import type { DecisionOutput } from './decisions/decide.ts';
import { createOutbox, type OutboxCounts } from './outbox.ts';
import type { Clock, Ids } from './ports.ts';

export interface PublisherParts {
  readonly events: EventSink;
  readonly blockedOffers: EventSink;
  readonly encoders: Pick<Encoders, 'event' | 'blockedOffer'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'newEventId'>;
  readonly logger: Logger;
}

/**
 * Publishes what decisions make known, without letting an answer wait. What the log has not taken when the process is
 * killed is lost: a `qualified` that is missing from the report, never a lock.
 */
export interface Publisher extends DecisionOutput {
  counts(): Readonly<Record<'events' | 'blockedOffers', OutboxCounts>>;
  /** Sends what waits, until `deadlineMs` have passed. May be repeated. */
  stop(deadlineMs: number): Promise<void>;
}

const bounds = { recordsMax: 100_000, batchRecordsMax: 500, backoff: { minMs: 100, maxMs: 5_000 } };

export function createPublisher(parts: PublisherParts): Publisher {
  const { encoders, ids, clock, logger } = parts;
  const events = createOutbox({ ...bounds, name: 'events', sink: parts.events, clock, logger });
  const blocked = createOutbox({
    ...bounds,
    name: 'blocked offers',
    sink: parts.blockedOffers,
    clock,
    logger,
  });
  return {
    qualified: (offer, customer) =>
      events.put(() => ({
        key: customerKeyOf(customer),
        value: encoders.event.encode(qualifiedEvent(offer, customer, ids.newEventId())),
      })),
    blocked: (offer) =>
      blocked.put(() => ({ key: customerKeyOf(offer), value: encoders.blockedOffer.encode(offer) })),
    counts: () => ({ events: events.counts(), blockedOffers: blocked.counts() }),
    stop: async (deadlineMs) => {
      await Promise.all([events.stop(deadlineMs), blocked.stop(deadlineMs)]);
    },
  };
}
