import type { PartitionOwner } from '../owner/partition-owner.ts';
import type { LocalLog } from './local-log.ts';

/** Brings the records of one partition to its owner, one fetch after the other, woken by the log. */
export class FetchLoop {
  readonly #log: LocalLog;
  readonly #member: string;
  #position: bigint | null = null;
  #wake: (() => void) | undefined;

  constructor(log: LocalLog, member: string) {
    this.#log = log;
    this.#member = member;
  }

  /** null: do not fetch. */
  moveTo(offset: bigint | null): void {
    this.#position = offset;
    this.#wake?.();
  }

  /** Until the owner gives the partition up. */
  async run(owner: PartitionOwner): Promise<void> {
    const { partition, retirement } = owner;
    const unsubscribe = this.#log.onChange(() => this.#wake?.());
    retirement.addEventListener('abort', () => this.#wake?.());
    while (!retirement.aborted) {
      const from = this.#position;
      if (from === null || !this.#log.hasMore(partition, from)) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await this.#log.scheduler.before({ step: 'fetch', member: this.#member, partition });
      if (this.#position === from) await this.#fetch(owner, from);
    }
    unsubscribe();
  }

  async #fetch(owner: PartitionOwner, from: bigint): Promise<void> {
    let fetched;
    try {
      fetched = this.#log.fetch(owner.partition, from);
    } catch (error) {
      this.#position = null;
      owner.fetchFailed(error);
      return;
    }
    if (fetched.records.length > 0) {
      await owner.process(fetched, () => Promise.resolve());
    } else {
      owner.skip(from, fetched.nextOffset, fetched.endOffset);
      this.#position = fetched.nextOffset;
    }
  }
}
