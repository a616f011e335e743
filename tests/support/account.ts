import { createHash } from 'node:crypto';
import type { TopicReader, TopicRecord } from '@offerlock/event-log';
import {
  checkEvent,
  customerKeyOf,
  expireEarly,
  fold,
  type FoldOptions,
  type IncomingEvent,
  type Metric,
  type OfferState,
} from '@offerlock/lifecycle';
import { foldDefaults } from '@offerlock/lifecycle/testing';
import type { ProjectionReader } from '@offerlock/projection';
import { metricIdOf } from '@offerlock/projector';
import {
  createDecoder,
  createRecordDecoder,
  deadLetterHeaders as header,
  type RecordDecoder,
  type SchemaRegistry,
  type WebActionMetric,
} from '@offerlock/schemas';

/**
 * Everything that came out of a topic of events, a line per fact, sorted. Two accounts of the same topic must be equal:
 * the one that a single-threaded fold gives, and the one found in Kafka and Redis.
 */
export interface Account {
  readonly metrics: readonly string[];
  readonly deadLetters: readonly string[];
  /** Of the projection. */
  readonly states: readonly string[];
  /** Of the changelog: the newest record of each offer. */
  readonly changelog: readonly string[];
  /** `tenantId/customerId` of every customer with a state. */
  readonly customers: readonly string[];
  /** Events by outcome on arrival; only the fold's own account has them. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** The truth: folds the events topic event by event, with nothing but the fold and a map. */
export async function foldedAccount(
  reader: TopicReader,
  registry: SchemaRegistry,
  options: FoldOptions = foldDefaults,
): Promise<Account> {
  const decoder = createRecordDecoder(registry);
  const states = new Map<string, OfferState>();
  const customers = new Set<string>();
  const metrics: string[] = [];
  const deadLetters: string[] = [];
  const outcomes: Record<string, number> = {};
  const tell = (outcome: string) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };

  const foldRecord = async (record: TopicRecord): Promise<void> => {
    const incoming = await readRecord(decoder, record);
    if ('reason' in incoming) {
      tell(incoming.reason === 'INVALID_FIELD' ? 'refused' : 'unreadable');
      deadLetters.push(deadLetterLine(incoming.reason, record.partition, record.offset, record));
      return;
    }
    const { customer, actionMapId } = incoming;
    const id = `${customer}/${actionMapId}`;
    const state = states.get(id) ?? null;
    const keep = (next: OfferState) => {
      states.set(id, next);
      customers.add(customer);
    };
    const buryEarly = (reason: string, source: IncomingEvent) =>
      deadLetters.push(deadLetterLine(reason, record.partition, source.offset, null));
    const publish = (published: readonly Metric[]) => {
      for (const metric of published) metrics.push(foldedMetricLine(metric, record.partition));
    };

    if ('timerOffset' in incoming) {
      const expired = expireEarly(state, { offset: incoming.timerOffset });
      if (expired.outcome === 'settled') return;
      keep(expired.state);
      buryEarly('EARLY_EXPIRED', expired.source);
      return;
    }
    const folded = fold(options, state, { event: incoming.event, offset: record.offset });
    tell(folded.outcome);
    if (folded.outcome === 'refused') {
      deadLetters.push(deadLetterLine(folded.reason, record.partition, record.offset, record));
    }
    if (folded.outcome === 'early') keep(folded.state);
    if (folded.outcome === 'untracked') publish(folded.metrics);
    if (folded.outcome === 'applied') {
      keep(folded.state);
      publish(folded.metrics);
      for (const settled of folded.settled) {
        if (settled.outcome === 'refused') buryEarly(settled.reason, settled.source);
      }
    }
  };

  await reader.read('events', async (records) => {
    for (const record of records) await foldRecord(record);
  });
  const stateLines = [...states].map(([id, state]) => `${id} ${JSON.stringify(state)}`).sort();
  return {
    metrics: metrics.sort(),
    deadLetters: deadLetters.sort(),
    states: stateLines,
    changelog: stateLines,
    customers: [...customers].sort(),
    outcomes,
  };
}

/** What Kafka's topics and the projection really hold, for the customers of the fold's account. */
export async function foundAccount(
  reader: TopicReader,
  registry: SchemaRegistry,
  projection: ProjectionReader,
  customers: readonly string[],
): Promise<Omit<Account, 'outcomes' | 'customers'>> {
  const decoder = createDecoder(registry, { metric: (metric) => metric });
  const metrics: string[] = [];
  await reader.read('metrics', async (records) => {
    for (const { value } of records) {
      const decoded = await decoder.decode(value);
      if ('type' in decoded) throw new Error(`unreadable metric: ${decoded.detail}`);
      metrics.push(metricLine(decoded));
    }
  });
  const deadLetters: string[] = [];
  await reader.read('deadLetters', (records) => {
    for (const record of records) {
      const text = (name: string) => String(record.headers[name] ?? '');
      const original = text(header.reencoded) === 'true' ? null : record;
      deadLetters.push(
        deadLetterLine(text(header.reason), Number(text(header.partition)), text(header.offset), original),
      );
    }
  });
  const states: string[] = [];
  const atOnce = 200;
  for (let begin = 0; begin < customers.length; begin += atOnce) {
    const some = customers.slice(begin, begin + atOnce);
    const found = await Promise.all(some.map((customer) => projection.offersOf(customer)));
    for (const [index, offers] of found.entries()) {
      for (const { actionMapId, offer } of offers)
        states.push(`${some[index]}/${actionMapId} ${offer.stateJson}`);
    }
  }
  const changes = createDecoder(registry, { offerState: (change) => change });
  const newest = new Map<string, string>();
  await reader.read('offerStates', async (records) => {
    for (const { key, value } of records) {
      const decoded = await changes.decode(value);
      if ('type' in decoded) throw new Error(`unreadable change: ${decoded.detail}`);
      newest.set(String(key), decoded.state);
    }
  });
  const changelog = [...newest].map(([id, stateJson]) => `${id} ${stateJson}`);
  return {
    metrics: metrics.sort(),
    deadLetters: deadLetters.sort(),
    states: states.sort(),
    changelog: changelog.sort(),
  };
}

/** What differs between two accounts, a few lines of each kind; empty if they are equal. */
export function differences(
  truth: Pick<Account, 'metrics' | 'deadLetters' | 'states' | 'changelog'>,
  found: Pick<Account, 'metrics' | 'deadLetters' | 'states' | 'changelog'>,
): readonly string[] {
  const told: string[] = [];
  for (const kind of ['metrics', 'deadLetters', 'states', 'changelog'] as const) {
    const missing = without(truth[kind], found[kind]);
    const surplus = without(found[kind], truth[kind]);
    if (missing.length === 0 && surplus.length === 0) continue;
    told.push(`${kind}: ${missing.length} missing, ${surplus.length} too many`);
    told.push(...missing.slice(0, 3).map((line) => `  missing ${line}`));
    told.push(...surplus.slice(0, 3).map((line) => `  too many ${line}`));
  }
  return told;
}

/** The lines of `some` that `others` lacks; a line that stands twice must stand twice there. */
function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return some.filter((line) => {
    const left = counts.get(line) ?? 0;
    counts.set(line, left - 1);
    return left <= 0;
  });
}

async function readRecord(decoder: RecordDecoder, record: TopicRecord) {
  const decoded = await decoder.decode(record.value);
  if (decoded.type === 'unreadable') return { reason: decoded.reason };
  const named = decoded.type === 'event' ? decoded.event : decoded.timer;
  const customer = customerKeyOf(named);
  const valid = decoded.type === 'timer' || checkEvent(decoded.event) === null;
  if (!valid || String(record.key) !== customer) return { reason: 'INVALID_FIELD' };
  const { actionMapId } = named;
  return decoded.type === 'event'
    ? { customer, actionMapId, event: decoded.event }
    : { customer, actionMapId, timerOffset: BigInt(decoded.timer.offset) };
}

function foldedMetricLine(metric: Metric, partition: number): string {
  const { event, offset } = metric.source;
  return metricLine({
    ...event,
    ...metric,
    metricId: metricIdOf({ ...event, attempt: metric.attempt, state: metric.metric }),
    partition,
    offset: Number(offset),
  });
}

/** Everything but `topic` and `processedAt`, which no fold decides. */
function metricLine(metric: Omit<WebActionMetric, 'topic' | 'processedAt'>): string {
  return [
    metric.metricId,
    metric.metric,
    metric.tenantId,
    metric.customerId,
    metric.sessionId,
    metric.actionId,
    metric.actionMapId,
    metric.actionMapVersion,
    metric.actionMediaType,
    metric.previousState,
    metric.millisInPreviousState,
    metric.millisSinceOffered,
    metric.terminal,
    metric.occurredAt,
    metric.receivedAt,
    metric.partition,
    metric.offset,
  ].join(' ');
}

/** `original` is null for a value that was encoded again. */
function deadLetterLine(
  reason: string,
  partition: number,
  offset: bigint | string,
  original: Pick<TopicRecord, 'key' | 'value'> | null,
): string {
  if (original === null) return `${reason} ${partition}/${offset} encoded again`;
  const digest = original.value === null ? 'null' : createHash('sha1').update(original.value).digest('hex');
  return `${reason} ${partition}/${offset} ${String(original.key)} ${digest}`;
}
