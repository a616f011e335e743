import { OfferlockError } from '@offerlock/lifecycle';
import type { Batch, Consumer } from 'kafkajs';
import type { TopicReader, TopicRecord } from '../ports.ts';
import { logRecordOf } from './log-record.ts';

/** What the caller's function rejected with, kept apart from failures of ours. */
export class CallerError extends Error {
  constructor(cause: unknown) {
    super('the caller failed', { cause });
  }
}

interface Progress {
  position: bigint;
  endOffset: bigint;
  /** A partition that was fetched once has told its true end, with what was not yet committed at the time. */
  wasFetched: boolean;
}

/** One read of a topic up to its end by one consumer, which it drives by seeking. */
export class TopicRead {
  /** Resolves with the number of records, once every partition is read to its end. */
  readonly finished: Promise<number>;
  readonly #topic: string;
  readonly #consumer: Consumer;
  readonly #onRecords: Parameters<TopicReader['read']>[1];
  readonly #stallTimeoutMs: number;
  readonly #progress = new Map<number, Progress>();
  #records = 0;
  #isOver = false;
  #watchdog: NodeJS.Timeout | undefined;
  #finish!: (records: number) => void;
  #fail!: (error: unknown) => void;

  constructor(
    topic: string,
    consumer: Consumer,
    onRecords: Parameters<TopicReader['read']>[1],
    stallTimeoutMs: number,
  ) {
    this.#topic = topic;
    this.#consumer = consumer;
    this.#onRecords = onRecords;
    this.#stallTimeoutMs = stallTimeoutMs;
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // Nobody may be waiting yet when it fails.
    this.finished.catch(() => {});
  }

  /** Reads from `low` to `high` of each partition; the end is a little later where transactions are still open. */
  begin(
    bounds: readonly { readonly partition: number; readonly low: string; readonly high: string }[],
  ): void {
    for (const { partition, low, high } of bounds) {
      this.#progress.set(partition, { position: BigInt(low), endOffset: BigInt(high), wasFetched: false });
    }
    this.resume();
    this.#advanced();
  }

  /** Sets all positions again, for a consumer that has joined anew and begins at the beginning. */
  resume(): void {
    for (const [partition, { position, endOffset }] of this.#progress) {
      const place = { topic: this.#topic, partition };
      if (position < endOffset) this.#consumer.seek({ ...place, offset: String(position) });
      else this.#consumer.pause([{ topic: this.#topic, partitions: [partition] }]);
    }
  }

  async take(batch: Batch, heartbeat: () => Promise<void>): Promise<void> {
    const progress = this.#progress.get(batch.partition);
    if (progress === undefined || this.#isOver) return;
    this.#learnEnd(progress, batch.highWatermark);
    const { position, endOffset } = progress;
    const records: TopicRecord[] = [];
    for (const message of batch.messages) {
      const record = logRecordOf(message);
      if (record.offset < position || record.offset >= endOffset) continue;
      records.push(Object.assign(record, { partition: batch.partition }));
    }
    await heartbeat();
    try {
      if (records.length > 0) await this.#onRecords(records);
    } catch (error) {
      this.fail(new CallerError(error));
      return;
    }
    this.#records += records.length;
    this.#moveTo(batch.partition, progress, BigInt(batch.lastOffset()) + 1n);
    await heartbeat();
  }

  /** kafkajs has passed over invisible records. */
  skip(partition: number, lastOffset: string, highWatermark: string): void {
    const progress = this.#progress.get(partition);
    if (progress === undefined || this.#isOver) return;
    this.#learnEnd(progress, highWatermark);
    this.#moveTo(partition, progress, BigInt(lastOffset) + 1n);
  }

  fail(error: unknown): void {
    this.#isOver = true;
    clearTimeout(this.#watchdog);
    this.#fail(error);
  }

  #learnEnd(progress: Progress, highWatermark: string): void {
    if (progress.wasFetched) return;
    progress.wasFetched = true;
    const end = BigInt(highWatermark);
    if (end > progress.endOffset) progress.endOffset = end;
  }

  #moveTo(partition: number, progress: Progress, position: bigint): void {
    if (position > progress.position) progress.position = position;
    const isAtEnd = progress.position >= progress.endOffset;
    if (isAtEnd) this.#consumer.pause([{ topic: this.#topic, partitions: [partition] }]);
    else this.#consumer.seek({ topic: this.#topic, partition, offset: String(progress.position) });
    this.#advanced();
  }

  #advanced(): void {
    clearTimeout(this.#watchdog);
    if (this.#isOver) return;
    const open = [...this.#progress].filter(([, { position, endOffset }]) => position < endOffset);
    if (open.length === 0) {
      this.#isOver = true;
      this.#finish(this.#records);
      return;
    }
    this.#watchdog = setTimeout(() => {
      const [[partition, { position, endOffset }] = [-1, { position: 0n, endOffset: 0n }]] = open;
      const message =
        `${this.#topic}/${partition} stays at offset ${position} of ${endOffset} for ${this.#stallTimeoutMs} ms; ` +
        'a transaction may be open there';
      this.fail(
        new OfferlockError('LOG_UNAVAILABLE', message, { details: { topic: this.#topic, partition } }),
      );
    }, this.#stallTimeoutMs);
  }
}
