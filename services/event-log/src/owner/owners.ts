import type { PartitionStatus } from '../ports.ts';
import type { PartitionOwner } from './partition-owner.ts';

/** The partitions that one member owns at the moment, through all rebalances. */
export class Owners {
  readonly #create: (partition: number) => PartitionOwner;
  readonly #owners = new Map<number, PartitionOwner>();
  /** Owners that gave their partition up and whose last batch is still in hand. */
  readonly #retiring = new Map<PartitionOwner, Promise<void>>();

  constructor(create: (partition: number) => PartitionOwner) {
    this.#create = create;
  }

  of(partition: number): PartitionOwner | undefined {
    return this.#owners.get(partition);
  }

  statuses(): readonly PartitionStatus[] {
    const owners = [...this.#owners.values()].sort((a, b) => a.partition - b.partition);
    return owners.map((owner) => owner.status());
  }

  /** Takes over a new assignment. Claims of partitions that stay are kept: if they are lost, a commit will tell. */
  assign(partitions: readonly number[]): void {
    for (const owner of this.#owners.values()) {
      if (!partitions.includes(owner.partition)) this.#giveUp(owner);
    }
    for (const partition of partitions) {
      const owner = this.#owners.get(partition);
      if (owner === undefined) this.#begin(partition);
      else owner.resume();
    }
  }

  /** Gives all partitions up; resolves when no batch is in hand and no claim is held any more. */
  async retire(): Promise<void> {
    for (const owner of this.#owners.values()) this.#giveUp(owner);
    await Promise.all(this.#retiring.values());
  }

  /** Releases all claims at once, whatever is in hand. */
  abandon(): void {
    for (const owner of [...this.#owners.values(), ...this.#retiring.keys()]) owner.abandon();
  }

  #begin(partition: number): void {
    const fresh = this.#create(partition);
    this.#owners.set(partition, fresh);
    // A partition that comes back must wait for the batch that is still in hand from before.
    const earlier = [...this.#retiring].filter(([owner]) => owner.partition === partition);
    fresh.start(Promise.all(earlier.map(([, retired]) => retired)));
  }

  #giveUp(owner: PartitionOwner): void {
    this.#owners.delete(owner.partition);
    this.#retiring.set(
      owner,
      owner.retire().finally(() => this.#retiring.delete(owner)),
    );
  }
}
