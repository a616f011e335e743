import { setTimeout as sleep } from 'node:timers/promises';
import type { Following, TopicFollower, TopicRecord } from '@offerlock/event-log';
import { OfferlockError } from '@offerlock/lifecycle';
import type { BlockedOffer, Decoder, WebActionMetric } from '@offerlock/schemas';
import type { Appended, ReportStore, ReportTopic, StoredBlockedOffer, StoredMetric } from './ports.ts';

/** The decoder of each topic. */
export interface ReportDecoders {
  readonly metrics: Decoder<{ readonly type: 'metric'; readonly metric: WebActionMetric }>;
  readonly blockedOffers: Decoder<{ readonly type: 'blockedOffer'; readonly blockedOffer: BlockedOffer }>;
}

/** How an ingestion tells what it does. Calls must not throw. */
export interface IngestObserver {
  /** A batch is in the store. */
  appended(event: Appended & { readonly unreadable: number; readonly durationMs: number }): void;
  /** What both topics held at the start is in the store. */
  caughtUp(): void;
  /** A record that cannot be read, now or later, is passed over. */
  unreadable(event: { topic: ReportTopic; partition: number; offset: bigint; detail: string }): void;
  /** The registry is away; tried again after a pause. */
  waiting(error: OfferlockError): void;
}

export interface IngestOptions {
  readonly follower: TopicFollower;
  readonly store: ReportStore;
  readonly decoders: ReportDecoders;
  readonly observer: IngestObserver;
  /** A batch goes to the store when it has so many rows. */
  readonly batchRowsMax?: number;
  /** Or when its first row has waited so long. */
  readonly batchWaitMaxMs?: number;
  readonly retryDelayMs?: number;
}

export interface Ingestion {
  /** Resolves after `stop`; rejects when it cannot go on. What is in the store is whole then too. */
  readonly done: Promise<void>;
  /** Stores what it has taken, and ends. May be repeated. */
  stop(): Promise<void>;
}

const metricId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Takes both topics into the store, from its offsets on. What it holds is bounded: while a batch is being stored, the
 * topics wait. While the log is away it waits; the follower goes on where it was.
 */
export async function startIngest(options: IngestOptions): Promise<Ingestion> {
  const {
    follower,
    store,
    observer,
    batchRowsMax = 50_000,
    batchWaitMaxMs = 500,
    retryDelayMs = 1_000,
  } = options;
  const stopped = new AbortController();
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  let pending = emptyBatch();
  let timer: NodeJS.Timeout | null = null;
  let storing: Promise<void> = Promise.resolve();

  const keep = async (batch: PendingBatch, earlier: Promise<void>): Promise<void> => {
    await earlier;
    const began = performance.now();
    const appended = await store.append(batch);
    observer.appended({ ...appended, unreadable: batch.unreadable, durationMs: performance.now() - began });
  };

  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const batch = pending;
    if (batch.records === 0) return storing;
    pending = emptyBatch();
    storing = keep(batch, storing);
    // Whoever waits for it learns of a failure, and so does `done`.
    storing.catch(fail);
    return storing;
  };

  const take = async (topic: ReportTopic, records: readonly TopicRecord[]): Promise<void> => {
    const decoded = await decodeAll(topic, records);
    if (decoded === null) return;
    pending.records += records.length;
    pending.metrics.push(...decoded.metrics);
    pending.blockedOffers.push(...decoded.blockedOffers);
    pending.unreadable += records.length - decoded.metrics.length - decoded.blockedOffers.length;
    for (const { partition, offset } of records) pending.nextOffsets[topic].set(partition, offset + 1n);
    if (pending.records >= batchRowsMax) await flush();
    else timer ??= setTimeout(() => void flush().catch(() => undefined), batchWaitMaxMs);
  };

  /** null once it was stopped while the registry was away. */
  const decodeAll = async (
    topic: ReportTopic,
    records: readonly TopicRecord[],
  ): Promise<{ metrics: StoredMetric[]; blockedOffers: StoredBlockedOffer[] } | null> => {
    const metrics: StoredMetric[] = [];
    const blockedOffers: StoredBlockedOffer[] = [];
    for (const record of records) {
      const { partition, offset } = record;
      const decoded = await decodeOne(topic, record);
      if (decoded === null) return null;
      if (decoded.type === 'unreadable')
        observer.unreadable({ topic, partition, offset, detail: decoded.detail });
      else if (decoded.type === 'metric') metrics.push({ partition, offset, metric: decoded.metric });
      else
        blockedOffers.push({
          partition,
          offset,
          loggedAt: record.timestampMs,
          blockedOffer: decoded.blockedOffer,
        });
    }
    return { metrics, blockedOffers };
  };

  const decodeOne = async (topic: ReportTopic, { value }: TopicRecord) => {
    while (!stopped.signal.aborted) {
      try {
        const decoded = await options.decoders[topic].decode(value);
        if (decoded.type !== 'metric' || metricId.test(decoded.metric.metricId)) return decoded;
        return { type: 'unreadable' as const, detail: 'metricId: expected a UUID' };
      } catch (error) {
        if (!(error instanceof OfferlockError) || error.handling !== 'retry') throw error;
        observer.waiting(error);
        await sleep(retryDelayMs, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
    return null;
  };

  const offsets = await store.offsets();
  const topics: readonly ReportTopic[] = ['metrics', 'blockedOffers'];
  const followings: Following[] = [];
  for (const topic of topics) {
    followings.push(
      await follower.follow(topic, { offsets: offsets[topic] }, (records) => take(topic, records)),
    );
  }

  const announce = async (): Promise<void> => {
    await Promise.all(followings.map(({ caughtUp }) => caughtUp));
    await flush();
    observer.caughtUp();
  };
  // It ends early when the ingestion does; that is told by `done`.
  announce().catch(() => undefined);

  const running = Promise.race([Promise.all(followings.map(({ done }) => done)), failed]);
  const done = running.then(
    () => flush(),
    async (error: unknown) => {
      stopped.abort();
      if (timer !== null) clearTimeout(timer);
      await Promise.allSettled(followings.map((following) => following.stop()));
      throw error;
    },
  );
  done.catch(() => undefined);
  return {
    done,
    stop: async () => {
      stopped.abort();
      await Promise.all(followings.map((following) => following.stop()));
      await done;
    },
  };
}

interface PendingBatch {
  readonly metrics: StoredMetric[];
  readonly blockedOffers: StoredBlockedOffer[];
  readonly nextOffsets: Record<ReportTopic, Map<number, bigint>>;
  records: number;
  unreadable: number;
}

function emptyBatch(): PendingBatch {
  return {
    metrics: [],
    blockedOffers: [],
    nextOffsets: { metrics: new Map(), blockedOffers: new Map() },
    records: 0,
    unreadable: 0,
  };
}
