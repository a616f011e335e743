import { OfferlockError } from '@offerlock/lifecycle';
import { topicNames, type Topic } from '@offerlock/schemas';
import { LocalGroup } from '../local/local-group.ts';
import type { CommittedOffset } from '../owner/committed-offset.ts';
import type { OutputRecord } from '../ports.ts';
import { MemoryPartition } from './memory-partition.ts';

/** Where a commit breaks off: before it takes effect, or after it did, so that only the answer is lost. */
export type CommitFault = 'before' | 'after';

/** The state that all members share. Everything here happens at once; waiting is the members' business. */
export class MemoryBroker {
  readonly partitions: number;
  readonly group: LocalGroup;
  readonly now: () => number;
  available = true;
  readonly commitFaults: CommitFault[] = [];
  claimFaults = 0;
  readonly missingTopics = new Set<Topic>();
  readonly #topics = new Map<Topic, MemoryPartition[]>();
  readonly #committed = new Map<number, CommittedOffset>();
  readonly #producerEpochs = new Map<number, number>();
  readonly #listeners = new Set<() => void>();

  constructor(partitions: number, now: () => number) {
    this.partitions = partitions;
    this.group = new LocalGroup(partitions);
    this.now = now;
    for (const topic of Object.keys(topicNames) as Topic[]) {
      const length = topic === 'actionMaps' ? 1 : partitions;
      this.#topics.set(
        topic,
        Array.from({ length }, () => new MemoryPartition()),
      );
    }
  }

  /** In order; as many as the topic has. */
  partitionsOf(topic: Topic): readonly MemoryPartition[] {
    return this.#topics.get(topic) ?? [];
  }

  partition(topic: Topic, partition: number): MemoryPartition {
    const found = this.#topics.get(topic)?.[partition];
    if (found === undefined) throw new Error(`no partition ${partition} of ${topic}`);
    return found;
  }

  requireAvailable(): void {
    if (!this.available) throw new OfferlockError('LOG_UNAVAILABLE', 'the memory log was told to be down');
  }

  async untilAvailable(): Promise<void> {
    if (this.available) return;
    await new Promise<void>((resolve) => {
      const unsubscribe = this.onChange(() => {
        if (!this.available) return;
        unsubscribe();
        resolve();
      });
    });
  }

  /** Calls back whenever there may be something new to fetch. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  committed(partition: number): CommittedOffset | null {
    return this.#committed.get(partition) ?? null;
  }

  setCommitted(partition: number, committed: CommittedOffset | null): void {
    if (committed === null) this.#committed.delete(partition);
    else this.#committed.set(partition, committed);
  }

  /** Fences whoever had the partition's transactional id before. */
  initProducer(partition: number): number {
    const producerEpoch = (this.#producerEpochs.get(partition) ?? 0) + 1;
    this.#producerEpochs.set(partition, producerEpoch);
    return producerEpoch;
  }

  /** One transaction: outputs and offset, all or nothing. */
  commit(
    producer: { readonly partition: number; readonly producerEpoch: number },
    outputs: readonly OutputRecord[],
    committed: CommittedOffset,
    fault?: CommitFault,
  ): void {
    const { partition, producerEpoch } = producer;
    this.requireAvailable();
    if (this.#producerEpochs.get(partition) !== producerEpoch) {
      throw new OfferlockError('CLAIM_LOST', 'another owner has claimed the partition', {
        details: { partition },
      });
    }
    for (const topic of new Set(outputs.map((output) => output.topic))) {
      const target = this.partition(topic, partition);
      const records = outputs.filter((output) => output.topic === topic);
      if (fault === 'before') target.appendInvisible(records.length);
      else target.append(records, this.now());
      target.appendInvisible(1);
    }
    if (fault !== 'before') this.#committed.set(partition, committed);
    if (fault !== undefined) {
      throw new OfferlockError('LOG_UNAVAILABLE', `the commit was told to fail ${fault} it took effect`);
    }
  }
}
