import { deadLetterHeaders, type RecordDecoder, type WebActionEvent } from '@offerlock/schemas';
import type { StoredRecord } from '@offerlock/data-directory';
import type { Recent, RecentEvent, RefusedEvent } from '../page-api.ts';
import type { LogView, TopicView } from '../ports.ts';

export const recentMax = 50;

/**
 * Answers with what lies at the end of the log. The log is read only when somebody asks and something was added since
 * the last answer.
 */
export function createRecent(log: LogView, decoder: RecordDecoder): () => Promise<Recent> {
  let known: { readonly ends: string; readonly recent: Promise<Recent> } | null = null;

  const read = async (): Promise<Recent> => {
    const [events, refused] = await Promise.all([
      decodeAll(latest(log.events, log.partitions), decoder),
      decodeAll(latest(log.deadLetters, log.partitions), decoder),
    ]);
    return {
      events: events.flatMap(recentEvent).slice(0, recentMax),
      refused: refused.map(refusedEvent).slice(0, recentMax),
    };
  };

  return () => {
    const ends = endsOf(log);
    if (known?.ends !== ends) {
      const recent = read();
      known = { ends, recent };
      // A failure is the answer to those who wait for it, not to those who ask later.
      recent.catch(() => {
        if (known?.recent === recent) known = null;
      });
    }
    return known.recent;
  };
}

interface Found {
  readonly partition: number;
  readonly record: StoredRecord;
}

interface Decoded extends Found {
  readonly event: WebActionEvent | null;
}

/** The newest of all partitions, the newest first. */
function latest(topic: TopicView, partitions: number): readonly Found[] {
  return Array.from({ length: partitions }, (_, partition) =>
    topic.latest(partition, recentMax).map((record) => ({ partition, record })),
  )
    .flat()
    .sort((one, other) => other.record.timestampMs - one.record.timestampMs || newerFirst(one, other));
}

/** Within a millisecond, the order of a partition at least is that of its offsets. */
function newerFirst(one: Found, other: Found): number {
  if (one.partition !== other.partition) return one.partition - other.partition;
  return Number(other.record.offset - one.record.offset);
}

function decodeAll(found: readonly Found[], decoder: RecordDecoder): Promise<readonly Decoded[]> {
  return Promise.all(
    found.map(async ({ partition, record }) => {
      const decoded = await decoder.decode(record.value);
      return { partition, record, event: decoded.type === 'event' ? decoded.event : null };
    }),
  );
}

/** Deadlines and bytes that are no event are not among the events; the latter are among the refused. */
function recentEvent({ partition, record, event }: Decoded): RecentEvent[] {
  if (event === null) return [];
  const { tenantId, customerId, actionMapId, actionId, actionMediaType, actionState } = event;
  const { occurredAt, receivedAt } = event;
  const offset = record.offset.toString();
  return [
    {
      partition,
      offset,
      tenantId,
      customerId,
      actionMapId,
      actionId,
      actionMediaType,
      actionState,
      occurredAt,
      receivedAt,
    },
  ];
}

function refusedEvent({ partition, record, event }: Decoded): RefusedEvent {
  const header = (name: string): string => record.headers[name]?.toString() ?? '';
  const key = event === null ? keyOf(record) : event;
  return {
    reason: header(deadLetterHeaders.reason),
    detail: header(deadLetterHeaders.detail),
    refusedAt: record.timestampMs,
    partition,
    offset: header(deadLetterHeaders.offset),
    tenantId: key?.tenantId ?? null,
    customerId: key?.customerId ?? null,
    actionMapId: event?.actionMapId ?? null,
    actionState: event?.actionState ?? null,
  };
}

function keyOf({ key }: StoredRecord): { readonly tenantId: string; readonly customerId: string } | null {
  const [, tenantId, customerId] = /^([^/]+)\/([^/]+)$/.exec(key?.toString() ?? '') ?? [];
  return tenantId === undefined || customerId === undefined ? null : { tenantId, customerId };
}

function endsOf({ partitions, events, deadLetters }: LogView): string {
  const ends = Array.from({ length: partitions }, (_, partition) => [
    events.bounds(partition).endOffset,
    deadLetters.bounds(partition).endOffset,
  ]);
  return ends.flat().join();
}
