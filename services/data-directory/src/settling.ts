import type { Chunk } from './chunk.ts';
import type { CompactedLog, FrozenTail } from './compacted-log.ts';
import type { PartitionLog } from './partition-log.ts';
import { repack } from './repack.ts';
import { settledPartChange, type SettledPart } from './settled-part.ts';
import type { StagedTransaction } from './staged-transaction.ts';
import type { Change } from './store.ts';
import { entryOffset, type TailEntry } from './tail-index.ts';

/** Work in steps, each a job of its own. */
export interface Steps {
  /** Stages about so many records' work. false: that was the last step. */
  stage(transaction: StagedTransaction, records: number): boolean;
}

/**
 * Moves the tail of a compacted topic into its settled part:
 *
 * 1. the places of its keys go into the key index, in order of key, so that each page of it is written once;
 * 2. its chunks are made anew without the records that newer ones have replaced;
 * 3. the topic notes that it is settled up to there.
 *
 * Every step leaves a state from which opening the directory goes on: until 3 the tail begins where it did, and what is
 * left of it gives the same newest records.
 */
export function settling(log: CompactedLog): Steps {
  const frozen = log.freeze();
  const entries = frozen.index.from('');
  const chunks = new ChunkWalk(
    log.partitions,
    log.settled.ends.map(({ offset }) => offset),
    frozen.ends.map(({ offset }) => offset),
  );
  let kept = { records: log.settled.records, bytes: log.settled.bytes };
  const isWanted = (name: string, offset: bigint) => {
    const entry = frozen.index.get(name);
    return entry !== undefined && entryOffset(entry) === offset && frozen.keeps(entry);
  };
  // What a step takes on is let go when it is durable: after a failure the step is made again.
  let batch: (readonly [name: string, entry: TailEntry])[] = [];
  let piece: ChunkPiece | null = null;

  return {
    stage(transaction, records) {
      if (batch.length === 0) batch = take(entries, records);
      if (batch.length > 0) {
        const entriesNow = batch;
        transaction.change(
          entriesNow.map(([name, entry]) => indexChange(log, frozen, name, entry)),
          () => {
            log.indexed(entriesNow);
            batch = [];
          },
        );
        return true;
      }
      piece ??= chunks.next(records);
      if (piece !== null) {
        const { log: partition, chunks: old } = piece;
        const repacked = repack(log.store, partition, old, isWanted);
        transaction.change(repacked.changes, () => {
          kept = { records: kept.records + repacked.records, bytes: kept.bytes + repacked.bytes };
          piece = null;
          partition.repacked();
        });
        return true;
      }
      const settled: SettledPart = { ...kept, ends: frozen.ends };
      transaction.change([settledPartChange(log.store, log.name, settled)], () => log.unfreeze(settled));
      return false;
    },
  };
}

/**
 * Removes records from the settled part that the key index does not refer to any more, because newer ones have replaced
 * them there.
 */
export function cleaning(log: CompactedLog): Steps {
  const chunks = new ChunkWalk(
    log.partitions,
    log.partitions.map(() => 0n),
    log.settled.ends.map(({ offset }) => offset),
  );
  const isWanted = (name: string, offset: bigint) => log.index.get(name)?.offset === offset;
  let piece: ChunkPiece | null = null;

  return {
    stage(transaction, records) {
      piece ??= chunks.next(records);
      if (piece === null) return false;
      const { log: partition, chunks: old } = piece;
      const before = sizeOf(old);
      const repacked = repack(log.store, partition, old, isWanted);
      const settled: SettledPart = {
        ...log.settled,
        records: log.settled.records - before.records + repacked.records,
        bytes: log.settled.bytes - before.bytes + repacked.bytes,
      };
      const isClean = repacked.records === before.records;
      const changes = [...repacked.changes, settledPartChange(log.store, log.name, settled)];
      transaction.change(isClean ? [] : changes, () => {
        piece = null;
        if (isClean) return;
        log.cleaned(settled);
        partition.repacked();
      });
      return true;
    },
  };
}

function take<T>(source: Iterator<T, undefined>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value } = source.next();
    if (value === undefined) break;
    taken.push(value);
  }
  return taken;
}

function indexChange(log: CompactedLog, frozen: FrozenTail, name: string, entry: TailEntry): Change {
  if (!frozen.keeps(entry)) return log.index.change(name, null);
  const { chunk, timestampMs } = entry;
  return log.index.change(name, { partition: chunk.partition, offset: entryOffset(entry), timestampMs });
}

function sizeOf(chunks: readonly Chunk[]): { readonly records: number; readonly bytes: number } {
  return {
    records: chunks.reduce((sum, { recordCount }) => sum + recordCount, 0),
    bytes: chunks.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

/** Chunks of one partition that follow each other. */
interface ChunkPiece {
  readonly log: PartitionLog;
  readonly chunks: readonly Chunk[];
}

/** Goes through the chunks of all partitions, each from one offset up to another. */
class ChunkWalk {
  readonly #logs: readonly PartitionLog[];
  readonly #next: bigint[];
  readonly #ends: readonly bigint[];
  #partition = 0;

  constructor(logs: readonly PartitionLog[], starts: readonly bigint[], ends: readonly bigint[]) {
    this.#logs = logs;
    this.#next = [...starts];
    this.#ends = ends;
  }

  /** Some chunks of one partition that follow each other, with about so many records. null: that was all. */
  next(recordsMin: number): ChunkPiece | null {
    for (; this.#partition < this.#logs.length; this.#partition += 1) {
      const log = this.#logs[this.#partition] as PartitionLog;
      const end = this.#ends[this.#partition] as bigint;
      const chunks: Chunk[] = [];
      let records = 0;
      let from = this.#next[this.#partition] as bigint;
      while (records < recordsMin && from < end) {
        const chunk = log.chunkFrom(from);
        if (chunk === null || chunk.baseOffset >= end) break;
        chunks.push(chunk);
        records += chunk.recordCount;
        from = chunk.lastOffset + 1n;
      }
      this.#next[this.#partition] = from;
      if (chunks.length > 0) return { log, chunks };
    }
    return null;
  }
}
