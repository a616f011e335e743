import type { LogRecord, RecordHeaders } from '../ports.ts';

export interface NewRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}

/** One partition: a record per offset, or null where the log holds something that no reader sees. */
export class MemoryPartition {
  readonly #entries: (LogRecord | null)[] = [];
  #startOffset = 0n;

  get startOffset(): bigint {
    return this.#startOffset;
  }

  get endOffset(): bigint {
    return BigInt(this.#entries.length);
  }

  append(records: readonly NewRecord[], timestampMs: number): void {
    for (const { key, value, headers = {} } of records) {
      const keyBytes = typeof key === 'string' ? Buffer.from(key) : key;
      this.#entries.push({ offset: this.endOffset, key: keyBytes, value, headers, timestampMs });
    }
  }

  /** Transaction markers and records of aborted transactions take offsets too. */
  appendInvisible(count: number): void {
    for (let entry = 0; entry < count; entry += 1) this.#entries.push(null);
  }

  /** As retention does. */
  deleteBefore(offset: bigint): void {
    if (offset > this.#startOffset) this.#startOffset = offset;
  }

  /** Up to `max` visible records from `offset` on, and where to go on. */
  read(offset: bigint, max: number): { records: LogRecord[]; nextOffset: bigint } {
    const records: LogRecord[] = [];
    let next = offset > this.#startOffset ? offset : this.#startOffset;
    while (next < this.endOffset && records.length < max) {
      const entry = this.#entries[Number(next)];
      if (entry) records.push(entry);
      next += 1n;
    }
    // Invisible entries behind the last record belong to no batch: go on after them.
    while (next < this.endOffset && this.#entries[Number(next)] === null) next += 1n;
    return { records, nextOffset: next };
  }
}
