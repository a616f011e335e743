import { OfferlockError } from '@offerlock/lifecycle';
import type { BatchHandler, ConsumptionObserver, LogRecord, PartitionStatus } from '../ports.ts';
import { backoffMs, type BackoffOptions } from './backoff.ts';
import type { Claim } from './claim.ts';
import type { Clock } from './clock.ts';

/** What one fetch brought. */
export interface Fetched {
  /** The offset that was asked for. */
  readonly fromOffset: bigint;
  readonly records: readonly LogRecord[];
  /** Where to go on once all records are committed; beyond the last record when the log holds invisible ones there. */
  readonly nextOffset: bigint;
  readonly endOffset: bigint;
}

export interface PartitionOwnerOptions {
  readonly partition: number;
  readonly batchRecordsMax: number;
  readonly backoff: BackoffOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly handler: BatchHandler;
  readonly observer: ConsumptionObserver;
  readonly takeClaim: () => Promise<Claim>;
  /** A claim holds: fetch this partition, from here. Also called whenever the fetch position is to be set anew. */
  readonly fetchFrom: (offset: bigint) => void;
  /** No claim holds: do not fetch this partition. */
  readonly holdFetch: () => void;
  /** The handler broke an invariant: the consumption cannot go on. */
  readonly onBroken: (error: unknown) => void;
}

/** A log that delivers from another offset than asked this often in a row has lost records: the next claim looks. */
const strayFetchesMax = 3;

/**
 * Owns one partition for one member, from its assignment to its loss: takes the claim, hands the records to the
 * handler batch by batch, commits, and after a failure begins again under a new claim. Adapters bring the records.
 */
export class PartitionOwner {
  readonly partition: number;
  readonly #options: PartitionOwnerOptions;
  #status: PartitionStatus['status'] = 'idle';
  #error: unknown = null;
  #claim: Claim | null = null;
  #committedOffset = 0n;
  #nextOffset: bigint | null = null;
  #endOffset: bigint | null = null;
  #failures = 0;
  #strayFetches = 0;
  /** Settles when the batch in hand has; batches of a partition are strictly serial. */
  #turn: Promise<unknown> = Promise.resolve();
  #claiming: Promise<void> = Promise.resolve();
  readonly #retirement = new AbortController();

  constructor(options: PartitionOwnerOptions) {
    this.#options = options;
    this.partition = options.partition;
  }

  /** Aborts when the partition is given up. */
  get retirement(): AbortSignal {
    return this.#retirement.signal;
  }

  status(): PartitionStatus {
    return {
      partition: this.partition,
      status: this.#status,
      nextOffset: this.#nextOffset,
      endOffset: this.#endOffset,
      error: this.#error,
    };
  }

  /** Takes the claim in the background, and again after every failure. `after` is waited for first. */
  start(after: Promise<unknown> = Promise.resolve()): void {
    this.#options.holdFetch();
    this.#claiming = after.then(() => this.#takeClaim());
  }

  /** Repeats to the adapter what it shall do, for a connection that has forgotten. */
  resume(): void {
    if (this.#retired()) return;
    if (this.#claim !== null && this.#nextOffset !== null) this.#options.fetchFrom(this.#nextOffset);
    else this.#options.holdFetch();
  }

  /**
   * Processes and commits what was fetched, in order, unless it does not follow what was committed: then it asks for
   * the right offset. `beforeBatch` runs before each batch; if it rejects, so does this, and nothing is lost.
   */
  process(fetched: Fetched, beforeBatch: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(() => this.#processInTurn(fetched, beforeBatch));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** The log holds nothing visible from `fromOffset` up to `nextOffset`, so there is nothing to handle. */
  skip(fromOffset: bigint, nextOffset: bigint, endOffset: bigint): void {
    if (this.#claim === null || this.#nextOffset === null) return;
    if (fromOffset > this.#nextOffset || nextOffset <= this.#nextOffset) return;
    this.#nextOffset = nextOffset;
    this.#endOffset = endOffset;
  }

  /** The records could not be read: the claim ends as after a batch that failed. */
  fetchFailed(error: unknown): void {
    if (this.#claim !== null) this.#endClaim(this.#claim, error);
  }

  /** Takes no further batch, waits for the one in hand, then releases the claim. */
  async retire(): Promise<void> {
    this.#retirement.abort();
    await Promise.all([this.#turn, this.#claiming]);
    this.abandon();
  }

  /** Releases the claim at once: what is in hand stays uncommitted. */
  abandon(): void {
    this.#retirement.abort();
    const claim = this.#claim;
    if (claim === null) return;
    this.#claim = null;
    this.#status = 'idle';
    claim.release();
    this.#options.observer.claimEnded({ partition: this.partition, epoch: claim.epoch, cause: 'released' });
  }

  async #takeClaim(): Promise<void> {
    const { clock, observer, takeClaim, fetchFrom } = this.#options;
    while (!this.#retired()) {
      const startedMs = clock.now();
      let claim: Claim;
      try {
        claim = await takeClaim();
      } catch (error) {
        if (this.#retired() || !this.#settle(error)) return;
        await this.#wait();
        continue;
      }
      if (this.#retired()) {
        claim.release();
        return;
      }
      this.#claim = claim;
      this.#status = 'claimed';
      this.#error = null;
      this.#strayFetches = 0;
      this.#committedOffset = claim.startOffset;
      this.#nextOffset = claim.startOffset;
      this.#endOffset = claim.endOffset;
      observer.claimed({
        partition: this.partition,
        epoch: claim.epoch,
        startOffset: claim.startOffset,
        durationMs: clock.now() - startedMs,
      });
      fetchFrom(claim.startOffset);
      return;
    }
  }

  async #processInTurn(fetched: Fetched, beforeBatch: () => Promise<void>): Promise<void> {
    if (this.#claim === null || this.#retired()) return;
    if (fetched.fromOffset !== this.#nextOffset) {
      this.#askAgain(fetched.fromOffset);
      return;
    }
    this.#strayFetches = 0;
    this.#endOffset = fetched.endOffset;
    // What follows a failed batch belongs to the next claim, which begins before it: it must not be processed here.
    const claim = this.#claim;
    try {
      const { batchRecordsMax } = this.#options;
      for (let begin = 0; begin < fetched.records.length; begin += batchRecordsMax) {
        await beforeBatch();
        if (this.#claim !== claim || this.#retired()) return;
        const records = fetched.records.slice(begin, begin + batchRecordsMax);
        const isLast = begin + records.length === fetched.records.length;
        const nextOffset = isLast ? fetched.nextOffset : (records.at(-1) as LogRecord).offset + 1n;
        await this.#processBatch(claim, records, nextOffset, fetched.endOffset);
      }
    } finally {
      this.resume();
    }
  }

  async #processBatch(
    claim: Claim,
    records: readonly LogRecord[],
    nextOffset: bigint,
    endOffset: bigint,
  ): Promise<void> {
    const { partition } = this;
    const { clock, handler, observer } = this.#options;
    const { epoch, trustedEpoch } = claim;
    try {
      const startOffset = this.#committedOffset;
      const outputs = await handler({ partition, startOffset, epoch, trustedEpoch, records, endOffset });
      if (this.#claim !== claim) return;
      const startedMs = clock.now();
      await claim.commit({ nextOffset, records: records.length, outputs });
      if (this.#claim !== claim) return;
      this.#committedOffset = nextOffset;
      this.#nextOffset = nextOffset;
      this.#failures = 0;
      const transactionMs = clock.now() - startedMs;
      observer.committed({
        partition,
        nextOffset,
        records: records.length,
        outputs: outputs.length,
        transactionMs,
      });
    } catch (error) {
      if (this.#claim === claim) this.#endClaim(claim, error);
    }
  }

  #askAgain(fromOffset: bigint): void {
    this.#strayFetches += 1;
    if (this.#claim !== null && this.#strayFetches > strayFetchesMax) {
      const message = `the log delivers from offset ${fromOffset} instead of ${this.#nextOffset}`;
      const details = { partition: this.partition, fromOffset, nextOffset: this.#nextOffset };
      this.#endClaim(this.#claim, new OfferlockError('LOG_UNAVAILABLE', message, { details }));
    } else {
      this.resume();
    }
  }

  #endClaim(claim: Claim, error: unknown): void {
    this.#claim = null;
    claim.release();
    const cause = error instanceof OfferlockError && error.code === 'CLAIM_LOST' ? 'fenced' : 'failed';
    this.#options.observer.claimEnded({ partition: this.partition, epoch: claim.epoch, cause, error });
    if (!this.#settle(error) || this.#retired()) return;
    this.#claiming = this.#wait().then(() => this.#takeClaim());
  }

  /** What an error means for this partition. True: try again after a pause. */
  #settle(error: unknown): boolean {
    this.#options.holdFetch();
    this.#error = error;
    this.#failures += 1;
    if (!(error instanceof OfferlockError)) {
      this.#status = 'halted';
      this.#options.onBroken(error);
      return false;
    }
    if (error.handling === 'halt') {
      this.#status = 'halted';
      this.#options.observer.halted({ partition: this.partition, error });
      return false;
    }
    this.#status = 'waiting';
    return true;
  }

  #wait(): Promise<void> {
    const { backoff, clock, random } = this.#options;
    return clock.sleep(backoffMs(this.#failures, backoff, random), this.#retirement.signal);
  }

  #retired(): boolean {
    return this.#retirement.signal.aborted;
  }
}
