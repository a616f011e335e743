import { packChunks, type Chunk, type PlacedRecords } from './chunk.ts';
import { keyBytesMax, chunkKey, tableKey } from './keys.ts';
import type { PartitionLog } from './partition-log.ts';
import type { CompactedTopic, NewStoredRecord, StoredTable, StoredTopic, WriteTransaction } from './ports.ts';
import type { Change, Store } from './store.ts';
import type { TopicLog } from './topic-log.ts';

interface StagedAppend {
  readonly topic: TopicLog;
  readonly log: PartitionLog;
  readonly placed: PlacedRecords;
  /** Offset of the next record. */
  next: number;
}

/** What the jobs of one transaction want to write, until it is written. */
export class StagedTransaction implements WriteTransaction {
  readonly #store: Store;
  readonly #topicNamed: (name: string) => TopicLog;
  readonly #appends = new Map<PartitionLog, StagedAppend>();
  readonly #tables = new Map<string, Change>();
  readonly #changes: Change[] = [];
  readonly #effects: (() => void)[] = [];
  /** Takes back what the running job has staged, last step first. */
  readonly #undo: (() => void)[] = [];
  #stagedBytes = 0;

  constructor(store: Store, topicNamed: (name: string) => TopicLog) {
    this.#store = store;
    this.#topicNamed = topicNamed;
  }

  /** About how much there is to write. */
  get stagedBytes(): number {
    return this.#stagedBytes;
  }

  /** Runs a job; if it throws, it leaves nothing. */
  run<T>(job: (transaction: StagedTransaction) => T): T {
    this.#undo.length = 0;
    try {
      return job(this);
    } catch (error) {
      for (const undo of this.#undo.toReversed()) undo();
      throw error;
    }
  }

  append({ name }: StoredTopic, partition: number, records: readonly NewStoredRecord[]): bigint {
    const staged = this.#appendTo(name, partition);
    const { topic, placed } = staged;
    const before = { length: placed.records.length, next: staged.next };
    this.#undo.push(() => {
      placed.records.length = before.length;
      placed.offsets.length = before.length;
      staged.next = before.next;
    });
    for (const record of records) {
      topic.requireAppendable(record);
      const offset = record.offset === undefined ? staged.next : Number(record.offset);
      if (offset < staged.next || offset > Number.MAX_SAFE_INTEGER) {
        throw new Error(`${name}/${partition} ends at ${staged.next}: a record cannot have offset ${offset}`);
      }
      placed.records.push(record);
      placed.offsets.push(offset);
      this.#stagedBytes += record.value?.length ?? 0;
      staged.next = offset + 1;
    }
    return BigInt(placed.offsets[before.length] ?? staged.next);
  }

  /** Looks through what this transaction appends to the topic, which is little where it is asked for. */
  newest(topic: CompactedTopic, key: string): Buffer | null {
    for (const staged of this.#appends.values()) {
      if (staged.topic.name !== topic.name) continue;
      const found = staged.placed.records.findLast((record) => record.key?.toString() === key);
      if (found !== undefined) return found.value;
    }
    return topic.get(key)?.value ?? null;
  }

  get({ name }: StoredTable, key: string): Buffer | null {
    const bytes = tableKey(name, key);
    const staged = this.#tables.get(bytes.toString('latin1'));
    return staged === undefined ? this.#store.get(this.#store.tables, bytes) : staged.value;
  }

  put({ name }: StoredTable, key: string, value: Buffer): void {
    if (Buffer.byteLength(key) > keyBytesMax) {
      throw new Error(`a key of table ${name} has more than ${keyBytesMax} bytes`);
    }
    this.#stageTable(tableKey(name, key), value);
  }

  remove({ name }: StoredTable, key: string): void {
    this.#stageTable(tableKey(name, key), null);
  }

  /** A change that no job of this transaction reads back, with what follows once it is durable. */
  change(changes: readonly Change[], effect: () => void): void {
    const { length } = this.#changes;
    const effects = this.#effects.length;
    this.#undo.push(() => {
      this.#changes.splice(length);
      this.#effects.splice(effects);
    });
    for (const change of changes) {
      this.#changes.push(change);
      this.#stagedBytes += change.key.length + (change.value?.length ?? 0);
    }
    this.#effects.push(effect);
  }

  /** Writes everything; afterwards it counts. Error: `LOG_UNAVAILABLE`, then nothing of it does. */
  async commit(nowMs: number): Promise<void> {
    const { chunks } = this.#store;
    const changes = [...this.#changes, ...this.#tables.values()];
    const appended: (StagedAppend & { readonly chunks: readonly Chunk[] })[] = [];
    for (const staged of this.#appends.values()) {
      const { topic: target, log, placed } = staged;
      if (placed.records.length === 0) continue;
      const packed = packChunks(log.place, placed, {
        bytesMax: target.chunkBytesMax,
        bytesBefore: log.bytesUpTo,
        nowMs,
      });
      const { topic, partition } = log.place;
      for (const { baseOffset, bytes } of packed) {
        changes.push({ values: chunks, key: chunkKey(topic, partition, baseOffset), value: bytes });
      }
      appended.push({ ...staged, chunks: packed });
    }
    if (changes.length > 0) await this.#store.commit(changes);
    for (const effect of this.#effects) effect();
    for (const { topic, log, chunks: packed } of appended) topic.appended(log.place.partition, packed);
  }

  #appendTo(name: string, partition: number): StagedAppend {
    const topic = this.#topicNamed(name);
    const log = topic.partition(partition);
    const known = this.#appends.get(log);
    if (known !== undefined) return known;
    const staged = { topic, log, placed: { offsets: [], records: [] }, next: Number(log.endOffset) };
    this.#appends.set(log, staged);
    return staged;
  }

  #stageTable(key: Buffer, value: Buffer | null): void {
    const name = key.toString('latin1');
    const before = this.#tables.get(name);
    this.#undo.push(() => {
      if (before === undefined) this.#tables.delete(name);
      else this.#tables.set(name, before);
    });
    this.#tables.set(name, { values: this.#store.tables, key, value });
    this.#stagedBytes += key.length + (value?.length ?? 0);
  }
}
