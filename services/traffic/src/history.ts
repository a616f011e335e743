import type { WebActionEvent } from '@offerlock/lifecycle';
import type { Random } from './random.ts';

/** An event that was sent, and what sending it again must come to. */
export interface Sent {
  readonly event: WebActionEvent;
  readonly again: 'repeated' | 'untracked';
}

const recentMax = 256;
const olderMax = 4096;

/** Some of what was sent: the latest events, and a fair sample of all. */
export class History {
  readonly #random: Random;
  readonly #recent: Sent[] = [];
  readonly #older: Sent[] = [];
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  add(sent: Sent): void {
    this.#recent[this.#count % recentMax] = sent;
    // Reservoir sampling: each event stays in the sample with the same probability.
    const place = this.#count < olderMax ? this.#count : this.#random.integer(this.#count + 1);
    if (place < olderMax) this.#older[place] = sent;
    this.#count += 1;
  }

  /** Undefined while nothing was sent. */
  draw(): Sent | undefined {
    if (this.#count === 0) return undefined;
    return this.#random.pick(this.#random.chance(0.7) ? this.#recent : this.#older);
  }
}
