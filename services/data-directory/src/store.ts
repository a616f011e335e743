import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { OfferlockError } from '@offerlock/lifecycle';
import { FileSpace } from './file-space.ts';
import { readFailed, takenOver, writeFailed, writingEnded } from './lmdb-errors.ts';

/** A map of bytes, by keys that are bytes, or strings with one character per byte. */
export type Values<K extends Buffer | string = Buffer> = Database<Buffer, K>;

/** One change of a transaction; a value of null removes the key. */
export type Change = ChangeOf<Buffer> | ChangeOf<string>;

interface ChangeOf<K extends Buffer | string> {
  readonly values: Values<K>;
  readonly key: K;
  readonly value: Buffer | null;
}

type AnyValues = Values | Values<string>;

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;

/**
 * The LMDB environment: durable maps of bytes. Reads see the last transaction. Keys and values are plain bytes for LMDB.
 */
export class Store {
  readonly file: string;
  /** Facts about the directory itself. */
  readonly meta: Values;
  /** All chunks of all topics. */
  readonly chunks: Values;
  /** All small tables. */
  readonly tables: Values;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #opened: AnyValues[] = [];
  readonly #space: FileSpace;
  readonly #holder: number;
  /** What keeps LMDB from writing until it is opened anew. */
  #brokenBy: unknown = null;
  #isClosed = false;

  /** `holder` is the number that this process holds the directory by. */
  constructor(directory: string, holder: number) {
    this.file = join(directory, 'data.mdb');
    this.#holder = holder;
    this.#space = new FileSpace(this.file);
    this.#root = this.#reading(() =>
      open<Buffer, Buffer>({
        path: this.file,
        noSubdir: true,
        maxDbs: 32,
        ...binary,
        // With overlapping sync a promise would resolve before the bytes are on the disk.
        overlappingSync: false,
        noMemInit: true,
        // Otherwise every write belongs to a second batch of its event turn, whose promise nobody can catch.
        eventTurnBatching: false,
      } as Parameters<typeof open>[0]),
    );
    this.meta = this.#openValues('meta');
    this.chunks = this.#openValues('chunks');
    this.tables = this.#openValues('tables');
  }

  /** The keys of a compacted topic. */
  keys(topic: string): Values<string> {
    return this.#openValues(`keys ${topic}`, { encoding: 'binary', keyEncoder: characters });
  }

  /**
   * Writes all changes or none, off the main thread, and resolves when they are on the disk. One call at a time. Bytes of
   * keys and values must not change until then. Error: `LOG_UNAVAILABLE`.
   */
  async commit(changes: readonly Change[]): Promise<void> {
    if (this.#brokenBy !== null) throw writingEnded(this.file, this.#brokenBy);
    await this.#takeSpace(changes);
    let isStillHolder: boolean;
    try {
      // LMDB looks at the condition inside the transaction.
      isStillHolder = await this.meta.ifNoExists(followedKey(this.#holder), () => {
        for (const change of changes) stage(change as ChangeOf<Buffer>);
      });
    } catch (error) {
      const cause = await commitCause(error);
      this.#probe();
      throw writeFailed(this.file, cause);
    }
    if (!isStillHolder) throw takenOver(this.file);
  }

  /**
   * From here on no earlier holder can write. Error: `LOG_UNAVAILABLE`.
   */
  async follow(): Promise<void> {
    const value = Buffer.from(String(this.#holder));
    await this.commit([{ values: this.meta, key: followedKey(this.#holder - 1), value }]);
  }

  get(values: Values, key: Buffer): Buffer | null {
    return this.#reading(() => values.get(key) ?? null);
  }

  /** Bytes that are gone with the next look at anything. */
  peek(values: Values<string>, key: string): Buffer | null {
    return this.#reading(() => values.getBinaryFast(key) ?? null);
  }

  has(values: Values<string>, key: string): boolean {
    return this.#reading(() => values.doesExist(key));
  }

  /** The first key at or after `from` and before `end`. */
  firstKey(values: Values, from: Buffer, end: Buffer): Buffer | null {
    return this.#firstOf(values, { start: from, end });
  }

  /** The last key at or before `from` and after `end`. */
  lastKey(values: Values, from: Buffer, end: Buffer): Buffer | null {
    return this.#firstOf(values, { start: from, end, reverse: true });
  }

  /** Entries with `start <= key < end`, in order. Must be used up before anything else is awaited. */
  entries<K extends Buffer | string>(
    values: Values<K>,
    start: K,
    end: K,
  ): Iterable<{ key: K; value: Buffer }> {
    return this.#reading(() => values.getRange({ start, end }));
  }

  entryCount(values: AnyValues): number {
    return this.#statistics(values).entryCount;
  }

  /** Number of the last transaction, whoever wrote it. */
  get lastTransaction(): number {
    return this.#statistics(this.meta).lastTxnId;
  }

  /** Bytes of all pages that hold these values. */
  sizeBytes(values: AnyValues): number {
    const statistics = this.#statistics(values);
    return statistics.pageSize * pagesOf(statistics);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#root.close();
  }

  #openValues<K extends Buffer | string>(name: string, encodings: object = binary): Values<K> {
    const values = this.#reading(() => this.#root.openDB<Buffer, K>({ name, ...encodings }));
    this.#opened.push(values as AnyValues);
    return values;
  }

  #firstOf(values: Values, range: { start: Buffer; end: Buffer; reverse?: boolean }): Buffer | null {
    return this.#reading(() => {
      for (const key of values.getKeys({ ...range, limit: 1 })) return key;
      return null;
    });
  }

  /**
   * Takes room behind the last page of the file for all that these changes may need, and some in reserve. On a full disk
   * the reserve is for removals, and for changes that mostly find their room in free pages.
   */
  async #takeSpace(changes: readonly Change[]): Promise<void> {
    const bytes = bytesAtMost(changes);
    const { pageSize, lastPageNumber } = this.#statistics(this.meta);
    const end = (lastPageNumber + 1) * pageSize;
    if (this.#space.has(end + bytes + reserveBytes)) return;
    try {
      await this.#space.require(end + bytes + reserveBytes);
    } catch (error) {
      const isServed = changes.every(({ value }) => value === null) || this.#freeBytes() >= 4 * bytes;
      if (!isServed || !this.#space.has(end + bytes)) throw writeFailed(this.file, error);
    }
  }

  /** Of pages before the last one that nothing uses. */
  #freeBytes(): number {
    const { pageSize, lastPageNumber, root, free } = this.#statistics(this.meta);
    const used = [root, free, ...this.#opened.map((values) => this.#statistics(values))];
    return pageSize * used.reduce((pages, tree) => pages - pagesOf(tree), lastPageNumber + 1 - headerPages);
  }

  #statistics(values: AnyValues): Statistics {
    return this.#reading(() => values.getStats() as Statistics);
  }

  #reading<T>(read: () => T): T {
    if (this.#isClosed) throw new OfferlockError('LOG_UNAVAILABLE', 'the data directory has been closed');
    try {
      return read();
    } catch (error) {
      throw readFailed(this.file, error);
    }
  }

  /**
   * After a meta page could not be written, LMDB refuses to begin any transaction, and a commit through lmdb-js would
   * wait for ever. This asks in a way that answers.
   */
  #probe(): void {
    try {
      this.#root.transactionSync(() => {});
    } catch (error) {
      this.#brokenBy = error;
    }
  }
}

const reserveBytes = 6 * 1_048_576;
const headerPages = 2;

const characters = {
  writeKey: (key: string, target: Buffer, start: number) => start + target.write(key, start, 'latin1'),
  readKey: (source: Buffer, start: number, end: number) => source.toString('latin1', start, end),
};

function stage({ values, key, value }: ChangeOf<Buffer>): void {
  if (value === null) void values.remove(key);
  else void values.put(key, value);
}

/** What a tree takes. */
interface TreeStatistics {
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

interface Statistics extends TreeStatistics {
  readonly pageSize: number;
  readonly lastPageNumber: number;
  readonly lastTxnId: number;
  readonly root: TreeStatistics;
  readonly free: TreeStatistics;
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TreeStatistics): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}

/** New pages that changes may need: each key may lie in a page of its own, which may be split. */
function bytesAtMost(changes: readonly Change[]): number {
  const pages = 2 * 4_096;
  return changes.reduce(
    (bytes, { key, value }) => bytes + pages + key.length + 2 * (value?.length ?? 0),
    64 * 4_096,
  );
}

/** Is there once another process has followed the holder of that number. */
function followedKey(holder: number): Buffer {
  return Buffer.from(`followed/${holder}`);
}

/** lmdb-js rejects with a general error that carries a promise, which rejects with what LMDB said. */
async function commitCause(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error;
  try {
    return await commitError;
  } catch (cause) {
    return cause;
  }
}
