import { followDefaults } from './kafka-topic-follower.ts';
import { withDeadline } from './deadline.ts';
import { followKafka, type KafkaFollowing, type KafkaFollowingOptions } from './kafka-following.ts';
import { boundsOf } from './kafka-topic-reader.ts';
import type { TopicRecord } from '../ports.ts';

/** Which try wrote a record: a commit whose answer was lost is known again by it. */
export const idHeader = 'offerlock-change';

const idsMax = 1_000;
const seenTimeoutMs = 5_000;
const closeTimeoutMs = 5_000;

/** The newest documents of a topic, kept in memory by a follower that begins when it is first needed. */
export class FollowedDocuments {
  readonly #options: KafkaFollowingOptions;
  readonly #topic: string;
  readonly #closing = new AbortController();
  #following: Promise<KafkaFollowing> | null = null;
  #values = new Map<string, Buffer>();
  /** Of the newest records. */
  #ids = new Set<string>();
  readonly #awaited = new Map<string, () => void>();

  constructor(options: Pick<KafkaFollowingOptions, 'kafka' | 'admin' | 'logger'>, topic: string) {
    this.#options = { ...followDefaults, ...options };
    this.#topic = topic;
  }

  /** What was committed before the call, and whether one of these ids has written a record. */
  async newest(
    key: string,
    ids: ReadonlySet<string>,
  ): Promise<{ readonly value: Buffer | null; readonly isOurs: boolean }> {
    this.#following ??= this.#follow();
    const following = this.#following;
    try {
      const { followed } = await following;
      const bounds = await this.#options.admin.use((admin) => boundsOf(admin, this.#topic));
      await followed.reaches(bounds.map(({ partition, high }) => ({ partition, endOffset: BigInt(high) })));
    } catch (error) {
      const isOver = await following.then(
        ({ followed }) => followed.ended.aborted,
        () => true,
      );
      if (isOver && this.#following === following) this.#following = null;
      throw error;
    }
    return { value: this.#values.get(key) ?? null, isOurs: [...ids].some((id) => this.#ids.has(id)) };
  }

  /** Resolves once a record with this id has been read: then its transaction has ended in the log, for every reader. */
  async sees(id: string): Promise<void> {
    if (this.#ids.has(id)) return;
    const seen = new Promise<void>((resolve) => {
      this.#awaited.set(id, resolve);
    });
    try {
      await withDeadline(seen, seenTimeoutMs, `read back a change of ${this.#topic}`);
    } finally {
      this.#awaited.delete(id);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const following = await this.#following?.catch(() => null);
    await following?.followed.stop();
    if (following) await withDeadline(following.left, closeTimeoutMs, 'close').catch(() => {});
  }

  async #follow(): Promise<KafkaFollowing> {
    this.#values = new Map();
    this.#ids = new Set();
    const take = (records: readonly TopicRecord[]) => this.#take(records);
    const following = await followKafka(this.#options, this.#topic, 'beginning', take, this.#closing.signal);
    // Whoever asks next learns of it.
    following.followed.done.catch(() => {});
    return following;
  }

  #take(records: readonly TopicRecord[]): void {
    for (const { key, value, headers } of records) {
      const name = key?.toString() ?? '';
      if (value === null) this.#values.delete(name);
      else this.#values.set(name, value);
      const id = headers[idHeader];
      if (id === undefined) continue;
      this.#ids.add(id.toString());
      this.#awaited.get(id.toString())?.();
    }
    for (const oldest of this.#ids) {
      if (this.#ids.size <= idsMax) break;
      this.#ids.delete(oldest);
    }
  }
}
