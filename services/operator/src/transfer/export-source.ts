import type { StoredRecord } from '@offerlock/data-directory';
import type { TransferRecord } from '@offerlock/event-log';
import type { OpenDirectory, PlainTopic } from '../ports.ts';
import type { OffsetMap } from './offset-map.ts';
import { storedRanges, type Passage } from './stored-ranges.ts';
import type { MovedState, Translator } from './translator.ts';

/** A place in a row of records that shall be copied. */
export interface CopyPlace {
  /** Records before it in the copy: its offset there. */
  readonly index: bigint;
  /** Where to go on reading here. */
  readonly fromOffset: bigint;
}

/** A record that the copy must hold just before a place. */
export interface CopiedRecord {
  readonly record: TransferRecord;
  /** A placeholder has the time of its own copy. */
  readonly isPlaceholder: boolean;
}

/** A state with its place in the copy of its partition. */
export interface PlacedState extends MovedState {
  readonly partition: number;
  readonly index: bigint;
  readonly timestampMs: number;
}

/** The data directory as rows of records, each as it shall lie in the copy. */
export interface ExportSource {
  /**
   * The place after the first `copied` records of the partition, and the last of them. null: there are fewer, so
   * whoever holds that many holds something else.
   */
  locate(
    topic: PlainTopic,
    partition: number,
    copied: bigint,
    passage: Passage,
  ): Promise<{ readonly place: CopyPlace; readonly last: CopiedRecord | null } | null>;
  /** The records from a place on, in pieces. */
  records(topic: PlainTopic, partition: number, from: CopyPlace): AsyncGenerator<CopyPiece>;
  /** All states, in order of key. The row is the same as long as the directory is. */
  states(): AsyncGenerator<PlacedState>;
}

export interface CopyPiece {
  readonly index: bigint;
  readonly records: readonly TransferRecord[];
  /** Offsets here that it stands for. */
  readonly offsets: number;
}

const entriesAtOnce = 1_000;

export function createExportSource(parts: {
  readonly opened: OpenDirectory;
  /** Of the events topic, by partition. */
  readonly offsets: readonly OffsetMap[];
  readonly translator: Translator;
  readonly placeholder: (partition: number) => TransferRecord;
}): ExportSource {
  const { opened, offsets, translator, placeholder } = parts;

  const placeholdersOf = (topic: PlainTopic, partition: number): bigint =>
    topic === 'events' ? BigInt(offsets[partition]?.placeholders ?? 0) : 0n;

  const copied = async (topic: PlainTopic, partition: number, record: StoredRecord) => ({
    record: await translator.record(topic, partition, record),
    isPlaceholder: false,
  });

  return {
    async locate(topic, partition, count, { passed }) {
      const stored = opened.topic(topic);
      let { startOffset: fromOffset } = stored.bounds(partition);
      if (count === 0n) return { place: { index: 0n, fromOffset }, last: null };
      let index = placeholdersOf(topic, partition);
      if (count === index) {
        const last = { record: placeholder(partition), isPlaceholder: true };
        return { place: { index, fromOffset }, last };
      }
      for await (const { records, nextOffset } of storedRanges(stored, partition, fromOffset)) {
        const missing = count - index;
        if (BigInt(records.length) >= missing) {
          const last = records[Number(missing) - 1] as StoredRecord;
          const place = { index: count, fromOffset: last.offset + 1n };
          return { place, last: await copied(topic, partition, last) };
        }
        index += BigInt(records.length);
        passed(Number(nextOffset - fromOffset));
        fromOffset = nextOffset;
      }
      return null;
    },

    async *records(topic, partition, from) {
      let { index, fromOffset } = from;
      const lead = placeholdersOf(topic, partition);
      if (index < lead) {
        yield { index, records: [placeholder(partition)], offsets: 0 };
        index = lead;
      }
      for await (const range of storedRanges(opened.topic(topic), partition, fromOffset)) {
        const records: TransferRecord[] = [];
        for (const record of range.records) {
          const translated = translator.record(topic, partition, record);
          // Only a schema id seen for the first time, and a deadline that moves, give a promise.
          records.push(translated instanceof Promise ? await translated : translated);
        }
        yield { index, records, offsets: Number(range.nextOffset - fromOffset) };
        index += BigInt(records.length);
        fromOffset = range.nextOffset;
      }
    },

    async *states() {
      const next = Array.from({ length: opened.directory.partitions }, () => 0n);
      let after: string | undefined;
      for (;;) {
        const entries = opened.states.entries(entriesAtOnce, after);
        for (const { partition, record } of entries) {
          const { key, value, timestampMs } = record;
          if (key === null || value === null) continue;
          const index = next[partition] ?? 0n;
          next[partition] = index + 1n;
          after = key.toString();
          const state = await translator.state(partition, after, value);
          yield { ...state, partition, index, timestampMs };
        }
        if (entries.length < entriesAtOnce) return;
      }
    },
  };
}
