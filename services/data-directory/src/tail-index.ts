import { chunkHeaderBytes, type Chunk } from './chunk.ts';
import { frameEnd, frameKey, hasValue } from './frame.ts';

/** Where the newest record of a key lies in the tail. */
export interface TailEntry {
  readonly chunk: Chunk;
  readonly at: number;
  readonly partition: number;
  /** Whether the table has the key too. null: not looked up yet. */
  inTable: boolean | null;
}

/**
 * The newest record of each key in the tail of a compacted topic. Names are the bytes of the key, one character each, so
 * that their order is that of the table.
 */
export class TailIndex {
  readonly #entries = new Map<string, TailEntry>();
  /** In order; some may have left the index. */
  #sorted: string[] = [];
  /** New since then, as they came. */
  #recent: string[] = [];
  /** What the entries that were looked up add to the number of keys in the table. */
  #added = 0;
  #unknown = 0;

  get(name: string): TailEntry | undefined {
    return this.#entries.get(name);
  }

  add(partition: number, chunk: Chunk): void {
    const { bytes } = chunk;
    for (let at = chunkHeaderBytes; at < bytes.length; at = frameEnd(bytes, at)) {
      this.#set((frameKey(bytes, at) as Buffer).toString('latin1'), partition, chunk, at);
    }
  }

  /** Removes the entry unless a newer record of the key has taken its place. */
  remove(name: string, entry: TailEntry): void {
    if (this.#entries.get(name) !== entry) return;
    this.#forget(entry);
    this.#entries.delete(name);
  }

  /** Entries in order of name, from `start` on. The index must not change meanwhile. */
  *from(start: string): Generator<readonly [name: string, entry: TailEntry]> {
    this.#sort();
    for (let at = lowerBound(this.#sorted, start); at < this.#sorted.length; at += 1) {
      const name = this.#sorted[at] as string;
      const entry = this.#entries.get(name);
      if (entry !== undefined) yield [name, entry];
    }
  }

  /** How many keys with a value there are more than the table has. */
  keysBeyond(isInTable: (name: string) => boolean): number {
    if (this.#unknown > 0) {
      for (const [name, entry] of this.#entries) {
        if (entry.inTable !== null) continue;
        entry.inTable = isInTable(name);
        this.#added += keysAdded(entry);
      }
      this.#unknown = 0;
    }
    return this.#added;
  }

  #set(name: string, partition: number, chunk: Chunk, at: number): void {
    const before = this.#entries.get(name);
    const entry: TailEntry = { chunk, at, partition, inTable: before === undefined ? null : before.inTable };
    if (before === undefined) this.#remember(name);
    else this.#forget(before);
    this.#entries.set(name, entry);
    if (entry.inTable === null) this.#unknown += 1;
    else this.#added += keysAdded(entry);
  }

  #forget(entry: TailEntry): void {
    if (entry.inTable === null) this.#unknown -= 1;
    else this.#added -= keysAdded(entry);
  }

  #remember(name: string): void {
    this.#recent.push(name);
    // Nobody asked for the order for long: it is made anew from the entries when somebody does.
    if (this.#recent.length > 2 * this.#entries.size + 1_000) {
      this.#sorted = [];
      this.#recent = [...this.#entries.keys(), name];
    }
  }

  #sort(): void {
    if (this.#recent.length === 0) return;
    const known = this.#sorted.filter((name) => this.#entries.has(name));
    // Sorting is cheap because most of it is in order already.
    const all = [...known, ...this.#recent.filter((name) => this.#entries.has(name))].sort(byBytes);
    this.#sorted = all.filter((name, at) => name !== all[at - 1]);
    this.#recent = [];
  }
}

function keysAdded({ chunk, at, inTable }: TailEntry): number {
  if (hasValue(chunk.bytes, at)) return inTable ? 0 : 1;
  return inTable ? -1 : 0;
}

const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function lowerBound(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
