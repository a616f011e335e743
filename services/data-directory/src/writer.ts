import { OfferlockError } from '@offerlock/lifecycle';
import type { StagedTransaction } from './staged-transaction.ts';

/** A transaction of more would keep the ones behind it waiting. */
const transactionBytesMax = 16 * 1_048_576;

interface WaitingJob {
  /** Stages what the job writes; answers with how its promise settles once that is durable. */
  stage(transaction: StagedTransaction): () => void;
  fail(error: unknown): void;
}

/**
 * Group commit: the jobs that come while a transaction is being written go together into the next one; a job that finds
 * nothing under way is written at once.
 */
export class Writer {
  readonly #begin: () => StagedTransaction;
  readonly #commit: (transaction: StagedTransaction) => Promise<void>;
  #waiting: WaitingJob[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(begin: () => StagedTransaction, commit: (transaction: StagedTransaction) => Promise<void>) {
    this.#begin = begin;
    this.#commit = commit;
  }

  write<T>(job: (transaction: StagedTransaction) => T): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new OfferlockError('LOG_UNAVAILABLE', 'the data directory has been closed'));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        stage: (transaction) => {
          const result = transaction.run(job);
          return () => resolve(result);
        },
        fail: reject,
      });
      this.#running ??= this.#run();
    });
  }

  /** Writes what waits; refuses what comes afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // The jobs of this turn of the event loop belong together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeSome();
    this.#running = null;
  }

  async #writeSome(): Promise<void> {
    const transaction = this.#begin();
    const staged: { readonly job: WaitingJob; readonly done: () => void }[] = [];
    let taken = 0;
    for (const job of this.#waiting) {
      if (transaction.stagedBytes > transactionBytesMax) break;
      taken += 1;
      try {
        staged.push({ job, done: job.stage(transaction) });
      } catch (error) {
        job.fail(error);
      }
    }
    this.#waiting = this.#waiting.slice(taken);
    try {
      await this.#commit(transaction);
    } catch (error) {
      for (const { job } of staged) job.fail(error);
      return;
    }
    for (const { done } of staged) done();
  }
}
