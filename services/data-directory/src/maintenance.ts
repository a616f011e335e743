import { setImmediate as otherEvents } from 'node:timers/promises';
import type { CompactedLog } from './compacted-log.ts';
import { stageRetention, type Retention } from './retention.ts';
import type { StagedTransaction } from './staged-transaction.ts';
import type { Store } from './store.ts';
import type { TopicLog } from './topic-log.ts';
import type { Writer } from './writer.ts';

/** Sizes of one step, so that none holds up the event loop or other writes for more than some ms. */
const stepSize = { chunksDeleted: 16, recordsMoved: 1_000, rowsLookedAt: 5_000 };

export interface MaintenanceOptions {
  readonly intervalMs: number;
  readonly tailBytesMax: number;
  readonly now: () => number;
  /** Told when a round in the background failed; the next one tries again. */
  readonly onError: (error: unknown) => void;
}

/** Deletes what is too old or too much, moves tails into tables, removes expired keys: step by step, between other writes. */
export class Maintenance {
  readonly #store: Store;
  readonly #writer: Writer;
  readonly #topics: readonly { readonly log: TopicLog; readonly retention: Retention }[];
  readonly #compacted: readonly CompactedLog[];
  readonly #options: MaintenanceOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #compactions = new Map<CompactedLog, Promise<void>>();
  #round: Promise<void> | null = null;
  #stopped = false;

  constructor(
    parts: {
      readonly store: Store;
      readonly writer: Writer;
      readonly topics: readonly { readonly log: TopicLog; readonly retention: Retention }[];
      readonly compacted: readonly CompactedLog[];
    },
    options: MaintenanceOptions,
  ) {
    this.#store = parts.store;
    this.#writer = parts.writer;
    this.#topics = parts.topics;
    this.#compacted = parts.compacted;
    this.#options = options;
    for (const log of parts.compacted) {
      log.onAppend(() => {
        if (this.#isTailFull(log)) this.#inBackground(this.#compact(log));
      });
    }
    this.#timer = setInterval(() => this.#inBackground(this.run()), options.intervalMs).unref();
  }

  /** Does what is due. Called while a round is under way, it waits for that one and makes another. */
  async run(): Promise<void> {
    // A round that fails tells who began it.
    while (this.#round !== null) await Promise.allSettled([this.#round]);
    this.#round = this.#runOnce();
    try {
      await this.#round;
    } finally {
      this.#round = null;
    }
  }

  /** Ends after the step that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.allSettled([this.#round, ...this.#compactions.values()]);
  }

  async #runOnce(): Promise<void> {
    for (const { log, retention } of this.#topics) await this.#applyRetention(log, retention);
    for (const log of this.#compacted) {
      if (this.#isTailFull(log)) await this.#compact(log);
      await this.#expireKeys(log);
    }
  }

  async #applyRetention(log: TopicLog, retention: Retention): Promise<void> {
    await this.#inSteps((transaction) =>
      stageRetention(transaction, this.#store, log, {
        retention,
        nowMs: this.#options.now(),
        chunksMax: stepSize.chunksDeleted,
      }),
    );
  }

  /** Moves the older half of a tail that has become too long. */
  #compact(log: CompactedLog): Promise<void> {
    const running = this.#compactions.get(log);
    if (running !== undefined) return running;
    const compaction = this.#inSteps(
      (transaction) =>
        log.tailBytes > this.#options.tailBytesMax / 2 &&
        log.stageCompaction(transaction, stepSize.recordsMoved),
    ).finally(() => this.#compactions.delete(log));
    this.#compactions.set(log, compaction);
    return compaction;
  }

  async #expireKeys(log: CompactedLog): Promise<void> {
    if (!log.isExpiryDue()) return;
    let after: string | null = null;
    await this.#inSteps((transaction) => {
      after = log.stageExpiry(transaction, after, stepSize.rowsLookedAt);
      return after !== null;
    });
  }

  /** Runs a step as a job of its own until it says that nothing is left. */
  async #inSteps(step: (transaction: StagedTransaction) => boolean): Promise<void> {
    while (!this.#stopped && (await this.#writer.write(step))) await otherEvents();
  }

  #isTailFull(log: CompactedLog): boolean {
    return !this.#stopped && log.tailBytes > this.#options.tailBytesMax;
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#options.onError(error));
  }
}
