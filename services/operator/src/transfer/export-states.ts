import type { LogTransfer, TransferRecord } from '@offerlock/event-log';
import type { ProjectionStore } from '@offerlock/projection';
import type { ExportSource, PlacedState } from './export-source.ts';
import { appendAt } from './export-topic.ts';
import type { Passage } from './stored-ranges.ts';
import { TransferRefused } from './transfer-refused.ts';

const statesAtOnce = 4_000;
const savedAtOnce = 1_000;

/**
 * Writes every state to the projection, and to the changelog those that are not there yet. The projection comes first,
 * so that nothing in the changelog is missing in it. Returns the number of states by partition. A repeat changes
 * nothing. Error: `TransferRefused` when the projection holds another state of an offer.
 *
 * @param wereThere Changelog records by partition that an earlier run has written.
 */
export async function exportStates(
  source: ExportSource,
  log: LogTransfer,
  store: ProjectionStore,
  wereThere: readonly bigint[],
  { passed }: Passage,
): Promise<readonly bigint[]> {
  const counts = wereThere.map(() => 0n);
  let waiting: PlacedState[] = [];

  const write = async (): Promise<void> => {
    for (let begin = 0; begin < waiting.length; begin += savedAtOnce) {
      await saveStates(store, waiting.slice(begin, begin + savedAtOnce));
    }
    for (const [partition, copied] of wereThere.entries()) {
      const missing = waiting.filter((state) => state.partition === partition && state.index >= copied);
      if (missing[0] === undefined) continue;
      await appendAt(log, 'offerStates', partition, missing[0].index, missing.map(changeOf));
    }
    passed(waiting.length);
    waiting = [];
  };

  for await (const state of source.states()) {
    counts[state.partition] = state.index + 1n;
    waiting.push(state);
    if (waiting.length === statesAtOnce) await write();
  }
  await write();
  return counts;
}

async function saveStates(store: ProjectionStore, states: readonly PlacedState[]): Promise<void> {
  const stored = await store.load(states.map(({ key }) => key));
  const missing = states.filter((state, at) => {
    const found = stored[at] ?? null;
    if (found !== null && (found.position !== state.position || found.stateJson !== state.stateJson)) {
      throw holdsAnotherState(state);
    }
    return found === null;
  });
  if (missing.length === 0) return;
  // Every event up to the state's position is committed, so that no attempt can begin before it and ask for `before`.
  const writes = missing.map(({ key, position, stateJson }) => ({ key, position, stateJson, before: null }));
  if ((await store.save(writes)) === 'superseded') throw holdsAnotherState(missing[0] as PlacedState);
}

function holdsAnotherState({ key }: PlacedState): TransferRefused {
  return new TransferRefused(
    `the projection holds another state of customer ${key.customer}, action map ${key.actionMapId}: an export fills an ` +
      'empty projection, or goes on where an earlier export ended. Give another OFFERLOCK_REDIS_KEY_PREFIX, or delete ' +
      'the keys of this one',
  );
}

function changeOf({ key, value, timestampMs }: PlacedState): TransferRecord {
  return { key: `${key.customer}/${key.actionMapId}`, value, headers: {}, timestampMs };
}
