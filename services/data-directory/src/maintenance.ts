import { setImmediate as otherEvents } from 'node:timers/promises';
import type { CompactedLog } from './compacted-log.ts';
import { expiring } from './expiring.ts';
import { stageRetention, type Retention } from './retention.ts';
import { cleaning, settling, type Steps } from './settling.ts';
import type { StagedTransaction } from './staged-transaction.ts';
import type { Store } from './store.ts';
import type { TopicLog } from './topic-log.ts';
import type { Writer } from './writer.ts';

/** Sizes of one step, so that none holds up the event loop or other writes for more than some ms. */
const stepSize = { chunksDeleted: 16, recordsSettled: 500, keysLookedAt: 5_000 };

export interface MaintenanceOptions {
  readonly intervalMs: number;
  /** A tail of more is settled. */
  readonly tailKeysMax: number;
  readonly tailBytesMax: number;
  /** Settled records that newer ones have replaced are removed when they are more, and more than half of all. */
  readonly garbageRecordsMin: number;
  readonly now: () => number;
  /** Told when a round in the background failed; the next one tries again. */
  readonly onError: (error: unknown) => void;
}

/** Deletes what is too old or too much, settles tails, removes expired keys: step by step, between other writes. */
export class Maintenance {
  readonly #store: Store;
  readonly #writer: Writer;
  readonly #topics: readonly { readonly log: TopicLog; readonly retention: Retention }[];
  readonly #compacted: readonly CompactedLog[];
  readonly #options: MaintenanceOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #compactions = new Map<CompactedLog, Promise<void>>();
  readonly #steps = new Map<CompactedLog, Steps>();
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
        if (!this.#compactions.has(log) && this.#isTailLong(log)) this.#inBackground(this.#compact(log));
      });
    }
    this.#timer = setInterval(() => {
      if (this.#round === null) this.#inBackground(this.run());
    }, options.intervalMs).unref();
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
      await this.#compact(log);
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

  #compact(log: CompactedLog): Promise<void> {
    const running = this.#compactions.get(log);
    if (running !== undefined) return running;
    const compaction = this.#compactOnce(log).finally(() => this.#compactions.delete(log));
    this.#compactions.set(log, compaction);
    return compaction;
  }

  async #compactOnce(log: CompactedLog): Promise<void> {
    while (this.#steps.has(log) || this.#isTailLong(log)) {
      // Steps that a full disk broke off are gone on with.
      const steps = this.#steps.get(log) ?? settling(log);
      this.#steps.set(log, steps);
      await this.#settleInSteps(log, steps);
      if (this.#stopped) return;
      this.#steps.delete(log);
    }
    const { garbageRecords, settled } = log;
    if (garbageRecords > Math.max(this.#options.garbageRecordsMin, settled.records / 2)) {
      await this.#settleInSteps(log, cleaning(log));
    }
  }

  async #settleInSteps(log: CompactedLog, steps: Steps): Promise<void> {
    let before = log.appendedRecords;
    await this.#inSteps((transaction) => {
      // Faster than what is appended between the steps, or the tail would grow for ever.
      const records = Math.max(stepSize.recordsSettled, 4 * (log.appendedRecords - before));
      before = log.appendedRecords;
      return steps.stage(transaction, records);
    });
  }

  async #expireKeys(log: CompactedLog): Promise<void> {
    if (!log.isExpiryDue()) return;
    const steps = expiring(log);
    await this.#inSteps((transaction) => steps.stage(transaction, stepSize.keysLookedAt));
  }

  /** Runs a step as a job of its own until it says that nothing is left. */
  async #inSteps(step: (transaction: StagedTransaction) => boolean): Promise<void> {
    while (!this.#stopped && (await this.#writer.write(step))) await otherEvents();
  }

  #isTailLong(log: CompactedLog): boolean {
    const { tailKeysMax, tailBytesMax } = this.#options;
    return !this.#stopped && (log.tailKeys > tailKeysMax || log.tailBytes > tailBytesMax);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      // While the directory is closed, a step may find that it came too late.
      if (!this.#stopped) this.#options.onError(error);
    });
  }
}
