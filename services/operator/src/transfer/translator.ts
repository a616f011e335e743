import type { TransferRecord } from '@offerlock/event-log';
import type { StoredRecord } from '@offerlock/data-directory';
import { OfferlockError, type OfferState } from '@offerlock/lifecycle';
import {
  epochOfPosition,
  offsetOfPosition,
  parsePosition,
  positionOf,
  type OfferKey,
  type Position,
} from '@offerlock/projection';
import {
  createDecoder,
  type Encoders,
  type OfferStateChange,
  type OfferTimer,
  type SchemaRegistry,
} from '@offerlock/schemas';
import type { PlainTopic } from '../ports.ts';
import type { OffsetMap } from './offset-map.ts';
import { moved, type MovedSchema, type SchemaIds } from './schema-ids.ts';

/** A state as it shall lie in the projection and in the changelog. */
export interface MovedState {
  readonly key: OfferKey;
  readonly position: Position;
  readonly stateJson: string;
  readonly value: Buffer;
}

/**
 * Makes records of the data directory fit for the copy: schema ids, and whatever names the offset of an event and is
 * still compared with offsets, which are states and deadlines. Metrics and dead letters are history: the offset in them
 * stays what it was when they were written.
 */
export interface Translator {
  record(
    topic: PlainTopic,
    partition: number,
    record: StoredRecord,
  ): TransferRecord | Promise<TransferRecord>;
  /** Error: `PROJECTION_CORRUPT`. */
  state(partition: number, key: string, value: Buffer): Promise<MovedState>;
}

export function createTranslator(parts: {
  readonly source: SchemaRegistry;
  readonly ids: SchemaIds;
  readonly encoders: Pick<Encoders, 'timer' | 'offerState'>;
  /** By partition. */
  readonly offsets: readonly OffsetMap[];
}): Translator {
  const { source, ids, encoders } = parts;
  const timers = createDecoder<OfferTimer>(source, { timer: (timer) => timer });
  const states = createDecoder<OfferStateChange>(source, { offerState: (change) => change });
  const offsetsOf = (partition: number): OffsetMap => {
    const found = parts.offsets[partition];
    if (found === undefined) throw new Error(`partition ${partition} has no map of offsets`);
    return found;
  };

  const movedTimer = async (value: Buffer, map: OffsetMap): Promise<Buffer | null> => {
    const timer = await timers.decode(value);
    // Unreadable there as here.
    if ('type' in timer) return null;
    return encoders.timer.encode({ ...timer, offset: Number(map.offsetOf(BigInt(timer.offset))) });
  };

  const withSchema = (
    topic: PlainTopic,
    partition: number,
    record: StoredRecord,
    schema: MovedSchema | null,
  ): TransferRecord | Promise<TransferRecord> => {
    const value = moved(record.value, schema);
    const plain = copyOf(record, value);
    const mayHoldTimers = topic === 'events' || topic === 'timers';
    if (!mayHoldTimers || schema?.kind !== 'timer' || record.value === null) return plain;
    const map = offsetsOf(partition);
    if (map.isIdentity) return plain;
    return movedTimer(record.value, map).then((timer) => copyOf(record, timer ?? value));
  };

  return {
    record(topic, partition, record) {
      const schema = ids.schemaOf(record.value);
      if (!(schema instanceof Promise)) return withSchema(topic, partition, record, schema);
      return schema.then((found) => withSchema(topic, partition, record, found));
    },
    async state(partition, key, value) {
      const change = await states.decode(value);
      const position = 'type' in change ? null : parsePosition(change.position);
      if ('type' in change || position === null) throw corrupt(key);
      const offerKey = {
        customer: `${change.tenantId}/${change.customerId}`,
        actionMapId: change.actionMapId,
      };
      const map = offsetsOf(partition);
      if (map.isIdentity) {
        const kept = { key: offerKey, position, stateJson: change.state };
        return { ...kept, value: moved(value, await ids.schemaOf(value)) };
      }
      const there = positionOf(epochOfPosition(position), map.positionOffsetOf(offsetOfPosition(position)));
      const stateJson = movedState(key, change.state, map);
      return {
        key: offerKey,
        position: there,
        stateJson,
        value: encoders.offerState.encode({ ...change, position: there, state: stateJson }),
      };
    },
  };
}

function copyOf({ key, headers, timestampMs }: StoredRecord, value: Buffer | null): TransferRecord {
  return { key, value, headers, timestampMs };
}

/** Early events name the offset of their record, for their deadlines to find them by. */
function movedState(key: string, stateJson: string, map: OffsetMap): string {
  let state: OfferState;
  try {
    state = JSON.parse(stateJson) as OfferState;
  } catch (cause) {
    throw corrupt(key, cause);
  }
  if (state.early.length === 0) return stateJson;
  const early = state.early.map((waiting) => ({
    ...waiting,
    offset: map.offsetOf(BigInt(waiting.offset)).toString(),
  }));
  return JSON.stringify({ ...state, early });
}

function corrupt(key: string, cause?: unknown): OfferlockError {
  return new OfferlockError('PROJECTION_CORRUPT', `the state of offer ${key} was not written by us`, {
    details: { key },
    cause,
  });
}
