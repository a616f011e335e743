import { OfferlockError } from '@offerlock/lifecycle';
import type {
  OfferKey,
  OfferWrite,
  ProjectedOffer,
  ProjectionReader,
  ProjectionStore,
  StoredOffer,
} from '../ports.ts';

/**
 * Where a save breaks off: before it wrote anything, between two of its groups, after it wrote everything, or `late`:
 * it wrote nothing yet, and does so when `runLateSaves` is called.
 */
export type SaveFault = 'before' | 'between' | 'after' | 'late';

/** Faults on command. Each applies to one call, then it is used up; faults of one kind queue. */
export interface ProjectionFaults {
  /** The next load, of whatever store, rejects with `PROJECTION_UNAVAILABLE`. */
  failLoad(): void;
  /** The next save, of whatever store, rejects with `PROJECTION_UNAVAILABLE` at that point. */
  failSave(fault: SaveFault): void;
  /** Executes the saves that failed as `late`, oldest first, as the server would: with all checks. */
  runLateSaves(): readonly ('saved' | 'superseded')[];
}

export interface ProjectedEntry {
  readonly key: OfferKey;
  readonly offer: StoredOffer;
}

/** A projection in memory: every store and reader of it sees the same offers. For tests, and deterministic. */
export interface MemoryProjection {
  /** Another client of the projection. Closing it leaves the projection as it is. */
  store(): ProjectionStore;
  reader(): ProjectionReader;
  /** Everything stored, in order of customer and map. */
  entries(): readonly ProjectedEntry[];
  readonly faults: ProjectionFaults;
}

type OffersByMap = Map<string, StoredOffer>;

export function createMemoryProjection(): MemoryProjection {
  const customers = new Map<string, OffersByMap>();
  let preparedPartitions: number | null = null;
  let loadFaults = 0;
  const saveFaults: SaveFault[] = [];
  const lateSaves: (readonly OfferWrite[])[] = [];

  const find = (key: OfferKey): StoredOffer | null =>
    customers.get(key.customer)?.get(key.actionMapId) ?? null;

  const writeGroup = (writes: readonly OfferWrite[]): 'saved' | 'superseded' => {
    for (const write of writes) {
      const stored = find(write.key);
      if (stored !== null && stored.position > write.position) return 'superseded';
    }
    for (const { key, position, stateJson, before } of writes) {
      const offers = customers.get(key.customer) ?? new Map<string, StoredOffer>();
      customers.set(key.customer, offers.set(key.actionMapId, { position, stateJson, before }));
    }
    return 'saved';
  };

  const writeGroups = (groups: readonly (readonly OfferWrite[])[]): 'saved' | 'superseded' =>
    groups.map(writeGroup).includes('superseded') ? 'superseded' : 'saved';

  const save = (writes: readonly OfferWrite[]): 'saved' | 'superseded' => {
    const groups = groupsOf(writes);
    const fault = saveFaults.shift();
    switch (fault) {
      case undefined:
        return writeGroups(groups);
      case 'before':
        break;
      case 'between':
        writeGroups(groups.slice(0, Math.ceil(groups.length / 2)));
        break;
      case 'after':
        writeGroups(groups);
        break;
      case 'late':
        lateSaves.push([...writes]);
        break;
    }
    throw new OfferlockError('PROJECTION_UNAVAILABLE', `the save was told to fail: ${fault}`);
  };

  const load = (keys: readonly OfferKey[]): readonly (StoredOffer | null)[] => {
    if (loadFaults > 0) {
      loadFaults -= 1;
      throw new OfferlockError('PROJECTION_UNAVAILABLE', 'the load was told to fail');
    }
    return keys.map(find);
  };

  const prepare = (partitions: number): void => {
    preparedPartitions ??= partitions;
    if (preparedPartitions === partitions) return;
    throw new OfferlockError(
      'PARTITION_COUNT_CHANGED',
      `the projection belongs to a log of ${preparedPartitions} partitions, not ${partitions}`,
      { details: { stored: preparedPartitions, partitions } },
    );
  };

  return {
    store: () => ({
      prepare: async ({ partitions }) => prepare(partitions),
      load: async (keys) => load(keys),
      save: async (writes) => save(writes),
      close: async () => {},
    }),
    reader: () => ({
      offersOf: async (customer) => projectedOf(customers.get(customer) ?? new Map()),
      close: async () => {},
    }),
    entries: () =>
      [...customers]
        .sort(byFirst)
        .flatMap(([customer, offers]) =>
          projectedOf(offers).map(({ actionMapId, offer }) => ({ key: { customer, actionMapId }, offer })),
        ),
    faults: {
      failLoad: () => {
        loadFaults += 1;
      },
      failSave: (fault) => {
        saveFaults.push(fault);
      },
      runLateSaves: () => lateSaves.splice(0).map((writes) => writeGroups(groupsOf(writes))),
    },
  };
}

/** One group per customer: the least that any adapter writes atomically. */
function groupsOf(writes: readonly OfferWrite[]): readonly (readonly OfferWrite[])[] {
  const groups = new Map<string, OfferWrite[]>();
  for (const write of writes) {
    const group = groups.get(write.key.customer);
    if (group === undefined) groups.set(write.key.customer, [write]);
    else group.push(write);
  }
  return [...groups.values()];
}

function projectedOf(offers: OffersByMap): readonly ProjectedOffer[] {
  return [...offers].sort(byFirst).map(([actionMapId, offer]) => ({ actionMapId, offer }));
}

function byFirst([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
