import { once } from 'node:events';
import { OfferlockError } from '@offerlock/lifecycle';
import { openDataDirectory } from './open-data-directory.ts';
import type { DataDirectory } from './ports.ts';

/** What a process that a test starts does, see `test-child.ts`. */
export interface ChildTask {
  /**
   * `hold`: opens the directory and closes it when it may go on. `append`: appends for ever, and tells what was
   * acknowledged. `fill`: appends until that fails, tells how, and once more each time it may go on. `tidy`: the same, but
   * removes all records above 1 MB before it goes on.
   */
  readonly task: 'hold' | 'append' | 'fill' | 'tidy';
  readonly path: string;
}

export type ChildMessage =
  | { readonly kind: 'opened' | 'closed' | 'exited' }
  /** So many rounds are durable. */
  | { readonly kind: 'acknowledged'; readonly rounds: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly rounds: number };

const tell = (message: ChildMessage) => process.send?.(message);
const mayGoOn = () => once(process, 'message');

/** Each round appends to two topics and counts in a table, all in one job. */
function writeRound(directory: DataDirectory, round: number): Promise<void> {
  const [events, states] = [directory.topic('events'), directory.compactedTopic('states')];
  const value = Buffer.from(`${round} `.padEnd(2_000, 'x'));
  return directory.write((transaction) => {
    transaction.append(
      events,
      round % 2,
      Array.from({ length: 5 }, () => ({ key: 'k', value })),
    );
    transaction.append(states, 0, [{ key: `key-${round % 50}`, value }]);
    transaction.put(directory.table('facts'), 'rounds', Buffer.from(String(round + 1)));
  });
}

async function run({ task, path }: ChildTask): Promise<void> {
  const directory = await openDataDirectory(path, {
    label: `child ${task}`,
    partitions: 2,
    topics: { events: task === 'tidy' ? { retentionBytes: 1_048_576 } : {} },
    maintenanceIntervalMs: 3_600_000,
    compactedTopics: { states: {} },
    tailBytesMax: 100_000,
    onMaintenanceError: () => {},
  });
  tell({ kind: 'opened' });
  let rounds = Number(directory.table('facts').get('rounds') ?? 0);
  if (task === 'hold') {
    await mayGoOn();
    await directory.close();
    tell({ kind: 'closed' });
    process.disconnect();
    return;
  }
  for (;;) {
    try {
      await writeRound(directory, rounds);
      rounds += 1;
      if (task === 'append') tell({ kind: 'acknowledged', rounds });
    } catch (error) {
      if (task === 'append') throw error;
      tellFailure(error, rounds);
      await mayGoOn();
      if (task === 'tidy') await tidy(directory);
    }
  }
}

/** Retention comes first; what follows may fail on a full disk. */
async function tidy(directory: DataDirectory): Promise<void> {
  try {
    await directory.maintain();
  } catch (error) {
    if (!(error instanceof OfferlockError)) throw error;
  }
}

function tellFailure(error: unknown, rounds: number): void {
  const { code, message } = error as OfferlockError;
  tell({ kind: 'failed', code, message, rounds });
}

try {
  await run(JSON.parse(process.argv[2] ?? '') as ChildTask);
} catch (error) {
  if (!(error instanceof OfferlockError)) throw error;
  tellFailure(error, 0);
  process.disconnect();
}
