/** A member of the group, as the group knows it. */
export interface GroupMember {
  assign(partitions: readonly number[]): void;
}

/** A consumer group whose members live in one process: each has its share of the partitions at every moment. */
export class LocalGroup {
  readonly partitions: number;
  readonly #members: GroupMember[] = [];

  constructor(partitions: number) {
    this.partitions = partitions;
  }

  join(member: GroupMember): void {
    this.#members.push(member);
    this.#rebalance();
  }

  /** Without effect for one that is no member. */
  leave(member: GroupMember): void {
    const at = this.#members.indexOf(member);
    if (at === -1) return;
    this.#members.splice(at, 1);
    this.#rebalance();
  }

  #rebalance(): void {
    const all = Array.from({ length: this.partitions }, (_, partition) => partition);
    const count = this.#members.length;
    for (const [at, member] of [...this.#members].entries()) {
      member.assign(all.filter((partition) => partition % count === at));
    }
  }
}
