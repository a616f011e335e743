import { OfferlockError } from '@offerlock/lifecycle';
import type { AgentBoard } from '../agent-board.ts';
import type { OfferDesk, ProgressReader } from '../offer-desk.ts';
import type {
  OfferKey,
  OfferWrite,
  ProjectedOffer,
  ProjectionReader,
  ProjectionStore,
  StoredOffer,
} from '../ports.ts';
import { createMemoryAgentCalls } from './memory-agent-board.ts';
import { createMemoryDeskCalls } from './memory-offer-desk.ts';

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
  /** From now on, or until it is taken back, every call of desks, progress readers and boards is `PROJECTION_UNAVAILABLE`. */
  setUnavailable(unavailable: boolean): void;
  /** From now on every call of desks, progress readers and boards happens so much later, by the clock. */
  setDelay(ms: number): void;
  /** The next write of a desk rejects with `PROJECTION_UNAVAILABLE`, before or after it took effect. */
  failDeskWrite(when: 'before' | 'after'): void;
}

export interface ProjectedEntry {
  readonly key: OfferKey;
  readonly offer: StoredOffer;
}

export interface MemoryProjectionOptions {
  /** Default: the system's. */
  readonly clock?: {
    /** ms since 1970. */
    now(): number;
    sleep(ms: number, signal: AbortSignal): Promise<void>;
  };
  /** Whether it is complete from the beginning. Default true. */
  readonly ready?: boolean;
}

/** A projection in memory: every store and reader of it sees the same offers. For tests, and deterministic. */
export interface MemoryProjection {
  /** Another client of the projection. Closing it leaves the projection as it is. */
  store(): ProjectionStore;
  reader(): ProjectionReader;
  desk(): OfferDesk;
  progressReader(): ProgressReader;
  agentBoard(): AgentBoard;
  setReady(ready: boolean): void;
  /** Everything stored, in order of customer and map. */
  entries(): readonly ProjectedEntry[];
  readonly faults: ProjectionFaults;
}

const never = new AbortController().signal;
const systemClock = {
  now: () => Date.now(),
  sleep: (ms: number) =>
    new Promise<void>((resolve) => {
      setTimeout(resolve, ms);
    }),
};

type OffersByMap = Map<string, StoredOffer>;

export function createMemoryProjection(options: MemoryProjectionOptions = {}): MemoryProjection {
  const { clock = systemClock } = options;
  const now = (): number => clock.now();
  const customers = new Map<string, OffersByMap>();
  const foldedThroughMs = new Map<number, number>();
  let preparedPartitions: number | null = null;
  let ready = options.ready ?? true;
  let unavailable = false;
  let delayMs = 0;
  const deskWriteFaults: ('before' | 'after')[] = [];
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

  const prepare = (partitions: number): { readonly ready: boolean } => {
    preparedPartitions ??= partitions;
    if (preparedPartitions === partitions) return { ready };
    throw new OfferlockError(
      'PARTITION_COUNT_CHANGED',
      `the projection belongs to a log of ${preparedPartitions} partitions, not ${partitions}`,
      { details: { stored: preparedPartitions, partitions } },
    );
  };

  const noteFolded = (noted: ReadonlyMap<number, number>): void => {
    for (const [partition, timeMs] of noted) {
      foldedThroughMs.set(partition, Math.max(timeMs, foldedThroughMs.get(partition) ?? timeMs));
    }
  };

  const offersOf = (customer: string): readonly ProjectedOffer[] =>
    projectedOf(customers.get(customer) ?? new Map());
  const deskCalls = createMemoryDeskCalls({ offersOf, isReady: () => ready, now });
  const agentCalls = createMemoryAgentCalls(now);

  const arrive = async (task: string): Promise<void> => {
    if (delayMs > 0) await clock.sleep(delayMs, never);
    if (unavailable) throw new OfferlockError('PROJECTION_UNAVAILABLE', `was told to fail to ${task}`);
  };
  const writeToDesk: OfferDesk['write'] = async (customer, view, write) => {
    await arrive('write what was decided');
    const fault = deskWriteFaults.shift();
    if (fault === undefined) return deskCalls.write(customer, view, write);
    if (fault === 'after') deskCalls.write(customer, view, write);
    throw new OfferlockError('PROJECTION_UNAVAILABLE', `the write was told to fail: ${fault}`);
  };

  return {
    store: () => ({
      prepare: async ({ partitions }) => prepare(partitions),
      load: async (keys) => load(keys),
      save: async (writes) => save(writes),
      noteReady: async () => {
        ready = true;
      },
      noteFolded: async (noted) => noteFolded(noted),
      close: async () => {},
    }),
    reader: () => ({
      offersOf: async (customer) => offersOf(customer),
      close: async () => {},
    }),
    desk: () => ({
      read: async (customer, requestId) => {
        await arrive('read a customer');
        return deskCalls.read(customer, requestId);
      },
      write: writeToDesk,
      release: async (customer, actionId) => {
        await arrive('release an offer');
        return deskCalls.release(customer, actionId);
      },
      close: async () => {},
    }),
    progressReader: () => ({
      progress: async () => {
        await arrive('read the progress');
        return { partitions: preparedPartitions, foldedThroughMs: new Map(foldedThroughMs) };
      },
      close: async () => {},
    }),
    agentBoard: () => ({
      announce: async (announcement) => {
        await arrive('announce agents');
        agentCalls.announce(announcement);
      },
      announcements: async () => {
        await arrive('read the announcements');
        return agentCalls.announcements();
      },
      close: async () => {},
    }),
    setReady: (value) => {
      ready = value;
    },
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
      setUnavailable: (value) => {
        unavailable = value;
      },
      setDelay: (ms) => {
        delayMs = ms;
      },
      failDeskWrite: (when) => {
        deskWriteFaults.push(when);
      },
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
